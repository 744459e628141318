import { f32Bits, type WasmLaunch, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import { elementGrain } from './elementwise.ts';
import type { RowGroups } from './norm.ts';

// Layer norm: images of one position, all channels of which form one group. As rows of one element each, their
// coefficients would take more memory than the elements. As vectors they need no coefficients, and a vector is still in
// the cache when its sums are known (`assembly/norm-vectors.ts`).

export function areVectors({ images, length, groups, step }: RowGroups): boolean {
  return length === 1 && step === 1 && groups === images;
}

/** A step that normalises vectors by their own moments; `weight` and `bias` are [C], or missing. */
export function normalizeVectorsStep(
  x: WasmView,
  weight: WasmView | undefined,
  bias: WasmView | undefined,
  output: WasmView,
  vectors: RowGroups,
  eps: number,
): WasmStep {
  return {
    entry: 'normalizeVectors_f32',
    params: [x.pointer, vectors.channels, f32Bits(eps), output.pointer, weight?.pointer ?? 0, bias?.pointer ?? 0],
    ...eachVector(vectors),
    scratchBytes: statisticsBytes,
  };
}

/** A step for the gradient of x under `normalizeVectorsStep`. */
export function vectorsInputGradientStep(
  x: WasmView,
  cotangent: WasmView,
  weight: WasmView | undefined,
  output: WasmView,
  vectors: RowGroups,
  eps: number,
): WasmStep {
  return {
    entry: 'vectorsInputGradient_f32',
    params: [x.pointer, vectors.channels, f32Bits(eps), output.pointer, cotangent.pointer, weight?.pointer ?? 0],
    ...eachVector(vectors),
  };
}

/**
 * Steps for the gradient of the weight under `normalizeVectorsStep`. A unit of the second step is a position in the
 * vectors.
 */
export function vectorsWeightGradientSteps(
  x: WasmView,
  cotangent: WasmView,
  output: WasmView,
  vectors: RowGroups,
  eps: number,
  launch: WasmLaunch,
): WasmStep[] {
  const { images, channels } = vectors;
  const statistics = launch.workspace(images * statisticsBytes);
  return [
    { entry: 'vectorStatistics_f32', params: [x.pointer, channels, f32Bits(eps), statistics], ...eachVector(vectors) },
    {
      entry: 'vectorsWeightGradient_f32',
      params: [x.pointer, cotangent.pointer, statistics, images, channels, output.pointer],
      items: channels,
      grain: 64,
      scratchBytes: channels * 8,
    },
  ];
}

/** The mean and the inverse deviation of a vector, in float64. */
const statisticsBytes = 16;

function eachVector({ images, channels }: RowGroups): { readonly items: number; readonly grain: number } {
  return { items: images, grain: Math.ceil(elementGrain / Math.max(1, channels)) };
}
