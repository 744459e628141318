import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import {
  blockDepth,
  elementBytes,
  elements,
  grainFor,
  lineBytes,
  packedProductStep,
  panelRows,
  roundUp,
  weightCost,
} from '@hypercorr/tensor/kernels';
import { firstTap } from './axes.ts';
import { module } from './module.ts';
import type { WeightSum } from './sums.ts';
import { costs, inputView, outputView, side, tilesOf, workBytes, type Planar } from './winograd-geometry.ts';

/** Bytes of operands that are transformed before the next product. */
const chunkBytes = 2 ** 22;

/** Quads that `winogradPatches` transforms together: a cache line of each channel. */
const lineQuads = 4;

/**
 * Steps of a weight gradient. Some quads at a time, both operands are transformed and multiplied for each element; at
 * the end the sum of the products is transformed back (`assembly/winograd-gradient.ts`).
 */
export function winogradGradientSteps(sum: WeightSum, planar: Planar, launch: WasmLaunch): WasmStep[] {
  const { input, cotangent, images, channels, outputs, gradient } = sum;
  const {
    rows,
    columns,
    lanes: [, inner],
    kernel,
  } = planar;
  const { tile, tileRows, tileColumns, positions, quads } = tilesOf(images, planar);
  const chunk = quadsOfChunk(quads, channels + outputs);
  const channelBytes = 4 * roundUp(4 * chunk, lineBytes / 4);
  const patchBytes = channels * channelBytes + lineBytes;
  const cotangentBytes = elementBytes(roundUp(outputs, panelRows) * 4 * chunk);
  const productBytes = elementBytes(outputs * channels);
  const left = launch.workspace(elements * cotangentBytes);
  const right = launch.workspace(elements * patchBytes);
  const products = launch.workspace(elements * productBytes);
  const tiles = [tileRows, tileColumns, tile, positions, inner.taps.positions];
  const steps: WasmStep[] = [];
  for (let first = 0; first < quads; first += chunk) {
    const count = Math.min(chunk, quads - first);
    steps.push(
      {
        module,
        entry: 'winogradTiles',
        params: [
          cotangent.pointer,
          left,
          outputs,
          ...tiles,
          first,
          count,
          cotangentBytes,
          0,
          ...outputView(cotangent, planar),
        ],
        items: count,
        grain: grainFor(4 * outputs * costs.output),
        scratchBytes: 16 * (4 * elements + 4 * side),
      },
      {
        module,
        entry: 'winogradPatches',
        params: [
          input.pointer,
          right,
          channels,
          ...tiles,
          first,
          count,
          patchBytes,
          channelBytes,
          ...inputView(input, planar),
        ],
        items: Math.ceil(count / lineQuads),
        grain: grainFor(4 * lineQuads * channels * costs.input),
        scratchBytes: workBytes,
      },
      packedProductStep({
        m: outputs,
        n: channels,
        k: 4 * count,
        left,
        right,
        rightDepthStride: 1,
        rightKeptStride: channelBytes / 4,
        out: products,
        outRowStride: channels,
        outColumnStride: 1,
        outEntryStride: productBytes / 4,
        accumulate: first > 0,
        entries: elements,
        batchWords: [1, elements, cotangentBytes / 4, patchBytes / 4],
      }),
    );
  }
  steps.push({
    ...(kernel === 3 ? { entry: 'winogradWeightGradient' } : { module, entry: 'winograd5WeightGradient' }),
    params: [
      products,
      gradient.pointer + 4 * firstTap(sum.axes),
      // One chunk: the products of all chunks were added up.
      channels,
      1,
      productBytes / 4,
      0,
      gradient.outputStride,
      gradient.channelStride,
      rows.taps.kernelStep * rows.kernelStride,
      columns.taps.kernelStep * columns.kernelStride,
    ],
    items: outputs,
    grain: grainFor(channels * weightCost),
    scratchBytes: 16 * (elements + side * kernel),
  });
  return steps;
}

/** Quads to transform before they are multiplied: few enough for the cache, in whole blocks of depth. */
function quadsOfChunk(quads: number, channels: number): number {
  const fitting = chunkBytes / (4 * elements * channels);
  return Math.min(quads, (Math.max(1, Math.round(fitting / blockDepth)) * blockDepth) / 4);
}
