import type { WasmStep } from '../backends/wasm/kernel.ts';
import { ascending, viewWords, type Taps, type TapSum } from './conv2d-geometry.ts';
import { grainFor, roundUp } from './matmul-pack.ts';

/** Outputs that `assembly/conv2d-direct.ts` computes together. */
const width = 8;

/** Bytes that a copied band may take, to stay in the second-level cache. */
const bandBytes = 2 ** 18;

/** The step of a tap sum with few channels a group: `assembly/conv2d-direct.ts`. */
export function directStep(sum: TapSum): WasmStep {
  const { input, output, groups, channels, outputs, weight, bias } = sum;
  const rows = ascending(sum.rows);
  const columns = ascending(sum.columns);
  // The last group of eight may reach past the last column.
  const span = (roundUp(output.columns, width) - 1) * columns.step + reach(columns);
  const copyColumns = Math.ceil(span / columns.step);
  const copyRows = (band: number) => (band - 1) * rows.step + reach(rows);
  const copyBytes = (band: number) => 4 * channels * copyRows(band) * copyColumns * columns.step;
  let band = output.rows;
  while (band > 1 && copyBytes(band) > bandBytes) band = Math.ceil(band / 2);
  return {
    entry: 'conv2dDirect',
    params: [
      weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
      input.pointer, output.pointer, bias,
      output.images, groups, outputs, channels,
      output.rows, output.columns,
      output.imageStride, output.channelStride, output.rowStride, output.columnStride,
      band,
      weight.groupStride, weight.outputStride, weight.channelStride,
      rows.kernelStep * weight.rowStride, columns.kernelStep * weight.columnStride,
      copyRows(band), copyColumns,
      ...viewWords(input, rows, columns),
    ],
    items: output.images * groups * Math.ceil(output.rows / band),
    grain: grainFor(band * output.columns * outputs * channels * rows.count * columns.count * 4),
    scratchBytes: 4 * (channels + 1) * rows.count * columns.count + copyBytes(band),
  };
}

/** From the first source element that a position sees to the last, counting both. */
function reach({ count, dilation }: Taps): number {
  return Math.max(0, count - 1) * dilation + 1;
}
