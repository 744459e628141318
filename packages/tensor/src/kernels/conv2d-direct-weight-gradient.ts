import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { bandsOf } from './conv2d-band.ts';
import { viewWords, type WeightSum } from './conv2d-geometry.ts';
import { blockDepth, grainFor, roundUp, vectorLanes } from './matmul-pack.ts';
import { reduceSteps } from './reduce.ts';

/** `SUMS` of `assembly/conv2d-direct-weight-gradient.ts`. */
const sumsTogether = 9;

/** Steps of a weight gradient with few channels a group: `assembly/conv2d-direct-weight-gradient.ts`, then the sum over all bands. */
export function directWeightGradientSteps(sum: WeightSum, launch: WasmLaunch): WasmStep[] {
  const { input, cotangent, groups, channels, outputs, gradient } = sum;
  const { rows, columns, band, units, copyRows, copyColumns, copyBytes } = bandsOf({ ...sum, output: cotangent });
  const depth = channels * rows.count * columns.count;
  const size = groups * outputs * depth;
  const parts = units / groups;
  const sums = parts === 1 ? gradient : launch.workspace(4 * parts * size);
  const view = (pointer: number, shape: readonly number[]) => ({ pointer, shape, dtype: 'float32' as const });
  return [
    {
      entry: 'conv2dDirectWeightGradient',
      params: [
        cotangent.pointer,
        input.pointer,
        sums,
        cotangent.images,
        groups,
        outputs,
        channels,
        cotangent.rows,
        cotangent.columns,
        cotangent.imageStride,
        cotangent.channelStride,
        cotangent.rowStride,
        band,
        Math.max(1, Math.floor((vectorLanes * blockDepth) / cotangent.columns)),
        copyRows,
        copyColumns,
        ...viewWords(input, rows, columns),
      ],
      items: units,
      grain: grainFor(band * cotangent.columns * outputs * depth * 2),
      scratchBytes: 4 * (1 + outputs) * roundUp(depth, sumsTogether) + copyBytes,
      multiplyAdds: cotangent.images * cotangent.rows * cotangent.columns * size,
    },
    ...(parts === 1
      ? []
      : reduceSteps(view(sums, [parts, size]), view(gradient, [size]), [0], { accumulation: 'sum' }, launch)),
  ];
}
