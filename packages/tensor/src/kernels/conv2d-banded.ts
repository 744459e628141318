import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { bandsOf } from './conv2d-band.ts';
import { sumWords, viewWords, type TapSum } from './conv2d-geometry.ts';
import { grainFor, packRowsStep } from './matmul-pack.ts';

/** Steps of a tap sum of at most `blockDepth` (channel, tap): `assembly/conv2d-banded.ts`. */
export function bandedSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { input, output, groups, channels, outputs, weight } = sum;
  const { rows, columns, band, units, copyRows, copyColumns, copyBytes } = bandsOf(sum);
  const { pack, packed } = packRowsStep(
    {
      pointer: weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
      rows: outputs,
      rowStride: weight.outputStride,
      matrices: groups,
      matrixStride: weight.groupStride,
      depth: [
        { size: channels, stride: weight.channelStride },
        { size: rows.count, stride: rows.kernelStep * weight.rowStride },
        { size: columns.count, stride: columns.kernelStep * weight.columnStride },
      ],
    },
    launch,
  );
  const depth = channels * rows.count * columns.count;
  return [
    pack,
    {
      entry: 'conv2dBanded',
      params: [...sumWords(packed, sum), band, copyRows, copyColumns, ...viewWords(input, rows, columns)],
      items: units,
      grain: grainFor(band * output.columns * outputs * depth),
      scratchBytes: 4 * depth + copyBytes,
      multiplyAdds: output.images * groups * outputs * output.rows * output.columns * depth,
    },
  ];
}
