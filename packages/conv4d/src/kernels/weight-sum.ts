import { sizeAt, type WasmLaunch, type WasmStep } from '@hypercorr/tensor/op';
import { blockOf, grainFor, packRowsStep, panelRows, roundUp, tileScratchBytes } from '@hypercorr/tensor/kernels';
import { axisWords, firstTap, positionsOf, tapsOf, type TapAxis } from './axes.ts';
import { mergeCovered } from './covered-axes.ts';
import { cheapest } from './cheapest.ts';
import { module } from './module.ts';
import type { WeightSum } from './sums.ts';
import { weightPartsOf } from './weight-parts.ts';
import { planarOf, winogradCost } from './winograd-geometry.ts';
import { winogradGradientSteps } from './winograd-gradient.ts';
import { windowsGradientCost, windowsGradientSteps } from './windows-gradient.ts';
import { windowsOf } from './windows.ts';

/** Steps that compute a weight gradient, by the algorithm with the lowest expected time. */
export function weightSumSteps(sum: WeightSum, launch: WasmLaunch): WasmStep[] {
  const planar = planarOf(sum.axes);
  const { parts, cost } = weightPartsOf(sum.axes, sum);
  return cheapest([
    { cost, steps: () => partSteps(parts, launch) },
    ...(planar === undefined
      ? []
      : [{ cost: winogradCost(sum, planar), steps: () => winogradGradientSteps(sum, planar, launch) }]),
    ...windowsOf(sum.axes, sum.channels).map((windows) => ({
      cost: windowsGradientCost(sum, windows),
      steps: () => windowsGradientSteps(sum, windows, launch),
    })),
  ]);
}

/** Matrix products, one after another. */
function partSteps(parts: readonly WeightSum[], launch: WasmLaunch): WasmStep[] {
  const chunks = parts.map((part) => chunksOf(mergeCovered(part)));
  const packed = launch.workspace(Math.max(...chunks.flat().map(packedBytes)));
  return chunks.flatMap((list) => list.flatMap((chunk, index) => productSteps(chunk, index > 0, packed)));
}

/** Values of the cotangent that are packed before the next product: few enough for the cache. */
const chunkValues = 2 ** 19;

/** The sum in chunks of some positions of one image, cut along the longest axis. */
function chunksOf(sum: WeightSum): readonly WeightSum[] {
  const { input, cotangent, images, outputs, axes } = sum;
  const all = positionsOf(axes);
  if (images * all * outputs <= chunkValues) return [sum];
  const lengths = axes.map(({ taps }) => taps.positions);
  const longest = lengths.indexOf(Math.max(...lengths));
  const length = sizeAt(lengths, longest);
  const step = Math.max(1, Math.floor((chunkValues * length) / (all * outputs)));
  const chunks: WeightSum[] = [];
  for (let image = 0; image < images; image += 1) {
    for (let from = 0; from < length; from += step) {
      const cut = (axis: TapAxis): TapAxis => {
        const { taps } = axis;
        return {
          ...axis,
          taps: { ...taps, positions: Math.min(step, length - from), first: taps.first + from * taps.step },
        };
      };
      const offset = from * (axes[longest]?.outputStride ?? 0);
      chunks.push({
        ...sum,
        images: 1,
        input: { ...input, pointer: input.pointer + 4 * image * input.imageStride },
        cotangent: { ...cotangent, pointer: cotangent.pointer + 4 * (image * cotangent.imageStride + offset) },
        axes: axes.map((axis, index) => (index === longest ? cut(axis) : axis)),
      });
    }
  }
  return chunks;
}

function depthOf({ images, axes }: { readonly images: number; readonly axes: readonly TapAxis[] }): number {
  return images * positionsOf(axes);
}

function packedBytes(sum: WeightSum): number {
  return 4 * roundUp(sum.outputs, panelRows) * depthOf(sum);
}

/**
 * The weight gradient as a matrix product, cotangent × (tap, channel), added to the existing values if `accumulate`.
 */
function productSteps(sum: WeightSum, accumulate: boolean, workspace: number): WasmStep[] {
  const { input, cotangent, images, channels, outputs, axes, gradient } = sum;
  const { pack, packed } = packRowsStep(
    {
      pointer: cotangent.pointer,
      rows: outputs,
      rowStride: cotangent.channelStride,
      matrices: 1,
      matrixStride: 0,
      depth: [
        { size: images, stride: cotangent.imageStride },
        ...axes.map(({ taps, outputStride }) => ({ size: taps.positions, stride: outputStride })),
      ],
    },
    { workspace: () => workspace },
  );
  const depth = depthOf(sum);
  const columns = tapsOf(axes) * channels;
  const block = blockOf(outputs, columns, 1);
  return [
    pack,
    {
      module,
      entry: 'conv4dWeightGradient',
      params: [
        packed,
        input.pointer,
        gradient.pointer + 4 * firstTap(axes),
        images,
        outputs,
        channels,
        input.imageStride,
        input.channelStride,
        gradient.outputStride,
        gradient.channelStride,
        ...axes.map(({ taps, kernelStride }) => taps.kernelStep * kernelStride),
        block.rows,
        block.columns,
        Number(accumulate),
        ...axisWords(axes),
      ],
      items: Math.ceil(outputs / block.rows) * Math.ceil(columns / block.columns),
      grain: grainFor(block.rows * block.columns * depth),
      scratchBytes: tileScratchBytes(block, depth),
      multiplyAdds: outputs * columns * depth,
    },
  ];
}
