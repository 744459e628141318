import type { Planes, Taps, TapSum, WeightSum } from './conv2d-geometry.ts';
import { panelColumns, panelRows, roundUp } from './matmul-pack.ts';
import { elements, inputCost, outputCost, tilesOf, weightCost } from './winograd.ts';

export type ConvAlgorithm = 'winograd' | 'direct' | 'product';

/**
 * The algorithm that is expected to be fastest, from a model of what each costs, in multiply-adds of a large
 * matrix product. Its constants are measured; the choice depends on the geometry alone.
 */
export function chooseConvAlgorithm(sum: TapSum): ConvAlgorithm {
  const { output, rows, columns, groups, channels, outputs } = sum;
  const values = output.images * groups * output.rows * output.columns * channels;
  // Values of the operand (tap, channel) × position.
  const operand = values * rows.count * columns.count;
  const costs: Record<ConvAlgorithm, number> = {
    // Packing a value costs 5, and finding the place of a tap for four positions is shared by the channels.
    product: operand * (roundUp(outputs, panelRows) + 5 + 100 / channels),
    // Loads as many values as it multiplies, at a third of the speed, and copies the input.
    direct: operand * outputs * 3 + values * rows.step * columns.step * 10,
    winograd: isWinograd(sum) ? winogradCost(output, channels, outputs) : Infinity,
  };
  if (costs.winograd < Math.min(costs.product, costs.direct)) return 'winograd';
  return costs.direct < costs.product ? 'direct' : 'product';
}

/** The same for a weight gradient. */
export function chooseWeightGradientAlgorithm(sum: WeightSum): Exclude<ConvAlgorithm, 'direct'> {
  const { cotangent, rows, columns, groups, channels, outputs } = sum;
  if (!isWinograd(sum)) return 'product';
  const positions = cotangent.images * groups * cotangent.rows * cotangent.columns;
  const operand = positions * channels * rows.count * columns.count;
  const product = operand * (roundUp(outputs, panelRows) + 8);
  return winogradCost(cotangent, channels, outputs) < product ? 'winograd' : 'product';
}

/** Whether the taps are 3×3, side by side and with stride 1, in one group: what `winograd.ts` computes. */
function isWinograd({ rows, columns, groups }: Pick<TapSum, 'rows' | 'columns' | 'groups'>): boolean {
  return groups === 1 && isThreeInARow(rows) && isThreeInARow(columns);
}

function isThreeInARow({ count, step, dilation }: Taps): boolean {
  return count === 3 && step === 1 && Math.abs(dilation) === 1;
}

function winogradCost(planes: Planes, channels: number, outputs: number): number {
  const tiles = tilesOf(planes).all;
  const products = roundUp(tiles, panelColumns) * elements * channels * roundUp(outputs, panelRows);
  return products + tiles * (inputCost * channels + outputCost * outputs) + weightCost * channels * outputs;
}
