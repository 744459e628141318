import type { WasmStep } from '../backends/wasm/kernel.ts';
import { bandsOf } from './conv2d-band.ts';
import { sumWords, viewWords, type TapSum } from './conv2d-geometry.ts';
import { grainFor } from './matmul-pack.ts';

/** The step of a tap sum with few channels a group: `assembly/conv2d-direct.ts`. */
export function directStep(sum: TapSum): WasmStep {
  const { input, output, groups, channels, outputs, weight } = sum;
  const { rows, columns, band, units, copyRows, copyColumns, copyBytes } = bandsOf(sum);
  return {
    entry: 'conv2dDirect',
    params: [
      ...sumWords(
        weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
        sum,
      ),
      band,
      weight.groupStride,
      weight.outputStride,
      weight.channelStride,
      rows.kernelStep * weight.rowStride,
      columns.kernelStep * weight.columnStride,
      copyRows,
      copyColumns,
      ...viewWords(input, rows, columns),
    ],
    items: units,
    grain: grainFor(band * output.columns * outputs * channels * rows.count * columns.count * 4),
    scratchBytes: 4 * (channels + 1) * rows.count * columns.count + copyBytes,
    multiplyAdds:
      output.images * groups * outputs * output.rows * output.columns * channels * rows.count * columns.count,
  };
}
