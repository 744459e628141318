import type { WasmStep } from '../backends/wasm/kernel.ts';
import { bandsOf } from './conv2d-band.ts';
import { viewWords, type TapSum } from './conv2d-geometry.ts';
import { grainFor } from './matmul-pack.ts';

/** The step of a tap sum with few channels a group: `assembly/conv2d-direct.ts`. */
export function directStep(sum: TapSum): WasmStep {
  const { input, output, groups, channels, outputs, weight, bias } = sum;
  const { rows, columns, band, units, copyRows, copyColumns, copyBytes } = bandsOf(sum);
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
      copyRows, copyColumns,
      ...viewWords(input, rows, columns),
    ],
    items: units,
    grain: grainFor(band * output.columns * outputs * channels * rows.count * columns.count * 4),
    scratchBytes: 4 * (channels + 1) * rows.count * columns.count + copyBytes,
    multiplyAdds: output.images * groups * outputs * output.rows * output.columns * channels * rows.count * columns.count,
  };
}
