import { bandsOf } from './conv2d-band.ts';
import type { Taps, TapSum, WeightSum } from './conv2d-geometry.ts';
import { blockDepth, panelColumns, panelRows, roundUp, vectorLanes } from './matmul-pack.ts';
import { inputCost, outputCost, productsOf, tilesOf, weightCost } from './winograd-tiles.ts';

export type ConvAlgorithm = 'winograd' | 'direct' | 'banded' | 'pointwise' | 'product';
export type WeightGradientAlgorithm = 'winograd' | 'direct' | 'product';

/** Of copying a value of the input into a band. */
const copyCost = 5;

/** Of starting Winograd's steps for one more group: two or three microseconds. */
const groupCost = 50_000;

/**
 * The algorithm that is expected to be fastest, from a model of what each costs, in multiply-adds of a large
 * matrix product. Its constants are measured; the choice depends on the geometry alone.
 */
export function chooseConvAlgorithm(sum: TapSum): ConvAlgorithm {
  const { output, rows, columns, groups, channels, outputs } = sum;
  // Values of the operand (tap, channel) × position.
  const operand = output.images * groups * output.rows * output.columns * channels * rows.count * columns.count;
  const weights = groups * outputs * channels * rows.count * columns.count;
  const wideOperand = (operand / output.columns) * roundUp(output.columns, panelColumns);
  // Of the input, for the two algorithms that read bands of it, and around each the rows that its first and last one see.
  const bands = bandsOf(sum);
  const copy = bands.units * (bands.copyBytes / 4) * copyCost;
  return cheapest<ConvAlgorithm>([
    // Packing a value costs 5, a weight 12, and finding the place of a tap for four positions is shared by the channels.
    ['product', operand * (roundUp(outputs, panelRows) + 5 + 100 / channels) + 12 * weights],
    // Packs whole rows.
    ['pointwise', isPointwise(sum) ? operand * (roundUp(outputs, panelRows) + 3) : Infinity],
    // Loads as many values as it multiplies, at a third of the speed, and copies the input.
    ['direct', operand * outputs * 3 + copy],
    // Tiles of whole rows of eight, that look up the place of each value.
    [
      'banded',
      channels * rows.count * columns.count <= blockDepth
        ? wideOperand * roundUp(outputs, panelRows) * 1.1 + copy
        : Infinity,
    ],
    ['winograd', isWinograd(sum) ? winogradCost(sum) : Infinity],
  ]);
}

/** The same for a weight gradient. */
export function chooseWeightGradientAlgorithm(sum: WeightSum): WeightGradientAlgorithm {
  const { cotangent, rows, columns, groups, channels, outputs } = sum;
  const operand =
    cotangent.images * groups * cotangent.rows * cotangent.columns * channels * rows.count * columns.count;
  return cheapest<WeightGradientAlgorithm>([
    ['product', operand * (roundUp(outputs, panelRows) + 8)],
    ['direct', directGradientCost(sum)],
    // Of several groups, whose products are small, it takes twice as long as the model says.
    [
      'winograd',
      isWinograd(sum) && rows.step === 1
        ? winogradCost({ ...sum, output: cotangent }) * (groups === 1 ? 1 : 2)
        : Infinity,
    ],
  ]);
}

/** The first of the cheapest. */
function cheapest<Algorithm>(costs: readonly [Cost<Algorithm>, ...Cost<Algorithm>[]]): Algorithm {
  return costs.reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}

type Cost<Algorithm> = readonly [algorithm: Algorithm, cost: number];

/**
 * Of a weight gradient by bands, which makes its sums at half the speed of a product, and copies the input. Only of several
 * groups: of one it would gain little, and change the last digits of what HSNet's training gives.
 */
function directGradientCost(sum: WeightSum): number {
  const { cotangent, rows, columns, groups, channels, outputs } = sum;
  if (groups === 1 || cotangent.columnStride !== 1) return Infinity;
  const bands = bandsOf({ ...sum, output: cotangent });
  const positions = cotangent.images * groups * cotangent.rows * roundUp(cotangent.columns, vectorLanes);
  const sums = outputs * channels * rows.count * columns.count;
  return positions * sums * 2 + bands.units * (bands.copyBytes / 4) * copyCost;
}

/** Whether the taps are 3×3, side by side, with stride 1 or 2: what `winograd.ts` computes, a group at a time. */
function isWinograd({ rows, columns }: Pick<TapSum, 'rows' | 'columns'>): boolean {
  return rows.step === columns.step && isThreeInARow(rows) && isThreeInARow(columns);
}

function isThreeInARow({ count, step, dilation }: Taps): boolean {
  return count === 3 && step <= 2 && Math.abs(dilation) === 1;
}

/** Whether there is one tap, which sees the input and no padding at every position: what `conv2d-pointwise.ts` computes. */
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
