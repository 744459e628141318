import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { everyNth, type Planes, type TapSum } from './conv2d-geometry.ts';
import { packRowsStep } from './matmul-pack.ts';
import { packedProductStep } from './matmul.ts';
import { copyStep } from './move.ts';

/**
 * Steps of a tap sum of one group and one tap that sees no padding: a matrix product with the input as it lies in memory,
 * weights × channels × positions. If a stride separates the positions, a copy brings them together first, because the
 * product reads them once for every block of its rows.
 */
export function pointwiseSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { output, rows, columns, channels, outputs, weight, bias } = sum;
  const { pack, packed } = packRowsStep(
    {
      pointer: weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
      rows: outputs,
      rowStride: weight.outputStride,
      matrices: 1,
      matrixStride: 0,
      depth: [{ size: channels, stride: weight.channelStride }],
    },
    launch,
  );
  const { copies, seen } = gather(seenPlanes(sum), launch);
  return [
    pack,
    ...copies,
    packedProductStep({
      m: outputs,
      n: output.rows * output.columns,
      k: channels,
      left: packed,
      right: seen.pointer,
      rightDepthStride: seen.channelStride,
      rightKeptStride: seen.columnStride,
      out: output.pointer,
      outRowStride: output.channelStride,
      outColumnStride: output.columnStride,
      outEntryStride: output.imageStride,
      bias,
      entries: output.images,
      batchWords: [1, output.images, 0, seen.imageStride],
    }),
  ];
}

/** The part of the input that the tap sees. */
function seenPlanes({ input, output, rows, columns }: TapSum): Planes {
  const planes = everyNth(input, [rows.step, columns.step], [rows.first, columns.first]);
  return { ...planes, rows: output.rows, columns: output.columns };
}

/** The planes with contiguous positions, and the step that copies them there if they are not contiguous yet. */
function gather(planes: Planes, launch: WasmLaunch): { copies: WasmStep[]; seen: Planes } {
  const { images, channels, rows, columns } = planes;
  if (rows === 1 || planes.rowStride === columns * planes.columnStride) return { copies: [], seen: planes };
  const seen: Planes = {
    ...planes,
    pointer: launch.workspace(4 * images * channels * rows * columns),
    imageStride: channels * rows * columns,
    channelStride: rows * columns,
    rowStride: columns,
    columnStride: 1,
  };
  const strides = (of: Planes) => [of.imageStride, of.channelStride, of.rowStride, of.columnStride];
  const from = { offset: 0, strides: strides(planes) };
  const to = { offset: 0, strides: strides(seen) };
  return { copies: [copyStep([images, channels, rows, columns], planes.pointer, from, seen.pointer, to)], seen };
}
