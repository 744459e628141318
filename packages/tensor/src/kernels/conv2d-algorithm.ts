import { bandsOf } from './conv2d-band.ts';
import type { Taps, TapSum, WeightSum } from './conv2d-geometry.ts';
import { blockDepth, panelColumns, panelRows, roundUp, vectorLanes } from './matmul-pack.ts';
import { inputCost, outputCost, productsOf, tilesOf, weightCost } from './winograd-tiles.ts';

export type ConvAlgorithm = 'winograd' | 'direct' | 'banded' | 'pointwise' | 'product';
export type WeightGradientAlgorithm = 'winograd' | 'direct' | 'product';

/** The cost of copying one value of the input into a band. */
const copyCost = 5;

/** The cost of starting Winograd's steps for one more group: two or three microseconds. */
const groupCost = 50_000;

/**
 * Picks the algorithm with the lowest expected cost. A model gives the cost of each algorithm, in multiply-adds of a
 * large matrix product. The constants of the model are measured. The choice depends on the geometry only.
 */
export function chooseConvAlgorithm(sum: TapSum): ConvAlgorithm {
  const { output, rows, columns, groups, channels, outputs } = sum;
  // The number of values of the operand (tap, channel) × position.
  const operand = output.images * groups * output.rows * output.columns * channels * rows.count * columns.count;
  const weights = groups * outputs * channels * rows.count * columns.count;
  const wideOperand = (operand / output.columns) * roundUp(output.columns, panelColumns);
  // The cost of copying the input, for the two algorithms that read bands. A copy includes the rows around a band that
  // the first and last row of the band see.
  const bands = bandsOf(sum);
  const copy = bands.units * (bands.copyBytes / 4) * copyCost;
  return cheapest<ConvAlgorithm>([
    // Packing costs 5 for each value and 12 for each weight. The channels share the cost of finding the place of a tap
    // for four positions.
    ['product', operand * (roundUp(outputs, panelRows) + 5 + 100 / channels) + 12 * weights],
    // Packs whole rows.
    ['pointwise', isPointwise(sum) ? operand * (roundUp(outputs, panelRows) + 3) : Infinity],
    // Loads a value for every multiplication, so it runs at a third of the speed; it also copies the input.
    ['direct', operand * outputs * 3 + copy],
    // Computes tiles of whole rows of eight, and looks up the place of each value.
    [
      'banded',
      channels * rows.count * columns.count <= blockDepth
        ? wideOperand * roundUp(outputs, panelRows) * 1.1 + copy
        : Infinity,
    ],
    ['winograd', isWinograd(sum) ? winogradCost(sum) : Infinity],
  ]);
}

/** Picks the algorithm of a weight gradient in the same way. */
export function chooseWeightGradientAlgorithm(sum: WeightSum): WeightGradientAlgorithm {
  const { cotangent, rows, columns, groups, channels, outputs } = sum;
  const operand =
    cotangent.images * groups * cotangent.rows * cotangent.columns * channels * rows.count * columns.count;
  return cheapest<WeightGradientAlgorithm>([
    ['product', operand * (roundUp(outputs, panelRows) + 8)],
    ['direct', directGradientCost(sum)],
    // With several groups the products are small, and Winograd takes twice as long as the model says.
    [
      'winograd',
      isWinograd(sum) && rows.step === 1
        ? winogradCost({ ...sum, output: cotangent }) * (groups === 1 ? 1 : 2)
        : Infinity,
    ],
  ]);
}

/** The cheapest algorithm; the first of equal ones. */
function cheapest<Algorithm>(costs: readonly [Cost<Algorithm>, ...Cost<Algorithm>[]]): Algorithm {
  return costs.reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}

type Cost<Algorithm> = readonly [algorithm: Algorithm, cost: number];

/**
 * The cost of a weight gradient by bands. It computes sums at half the speed of a product, and copies the input. It is
 * only used for several groups: for one group it would gain little, and it would change the last digits of HSNet's
 * training.
 */
function directGradientCost(sum: WeightSum): number {
  const { cotangent, rows, columns, groups, channels, outputs } = sum;
  if (groups === 1 || cotangent.columnStride !== 1) return Infinity;
  const bands = bandsOf({ ...sum, output: cotangent });
  const positions = cotangent.images * groups * cotangent.rows * roundUp(cotangent.columns, vectorLanes);
  const sums = outputs * channels * rows.count * columns.count;
  return positions * sums * 2 + bands.units * (bands.copyBytes / 4) * copyCost;
}

/**
 * Whether the taps are 3×3, side by side, with stride 1 or 2. `winograd.ts` computes such sums, one group at a time.
 */
function isWinograd({ rows, columns }: Pick<TapSum, 'rows' | 'columns'>): boolean {
  return rows.step === columns.step && isThreeInARow(rows) && isThreeInARow(columns);
}

function isThreeInARow({ count, step, dilation }: Taps): boolean {
  return count === 3 && step <= 2 && Math.abs(dilation) === 1;
}

/** Whether there is one tap, which never sees padding. `conv2d-pointwise.ts` computes such sums. */
function isPointwise({ input, output, rows, columns, groups }: TapSum): boolean {
  const dense = output.rowStride === output.columns * output.columnStride;
  return groups === 1 && dense && isOneInside(rows, input.rows) && isOneInside(columns, input.columns);
}

function isOneInside({ count, positions, first, step }: Taps, size: number): boolean {
  return count === 1 && first >= 0 && first + (positions - 1) * step < size;
}

function winogradCost({
  output,
  rows,
  groups,
  channels,
  outputs,
}: Pick<TapSum, 'output' | 'rows' | 'groups' | 'channels' | 'outputs'>): number {
  const tiles = tilesOf(output).all;
  const products = roundUp(tiles, panelRows) * productsOf(rows.step) * channels * roundUp(outputs, panelColumns);
  const group =
    products + tiles * rows.step * (inputCost * channels + outputCost * outputs) + weightCost * channels * outputs;
  return groups * group + (groups - 1) * groupCost;
}
