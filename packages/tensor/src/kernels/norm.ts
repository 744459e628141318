import { f32Bits, type WasmLaunch, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf } from '../shape/shape.ts';
import {
  areVectors,
  normalizeVectorsStep,
  vectorsInputGradientStep,
  vectorsWeightGradientSteps,
} from './norm-vectors.ts';

/**
 * The rows of [N,C,…] that share a mean and a variance; a row is one channel of one image. Group q holds the rows q ·
 * first + k · step for k below `rows`.
 */
export interface RowGroups {
  readonly images: number;
  readonly channels: number;
  /** The number of elements in a row. */
  readonly length: number;
  readonly groups: number;
  readonly first: number;
  readonly step: number;
  readonly rows: number;
}

/** The number of elements that one unit sums up. One unit is worth waking a thread for. */
const partLength = 16384;
/** The number of groups or channels whose coefficients are worth waking a thread for. */
const grainGroups = 256;
/** Bytes that `assembly/norm.ts` keeps: for the sums of a part, and for the coefficients of a row. */
const bytes = { moments: 16, products: 32, scales: 16, coefficients: 24, term: 8 } as const;

/** Steps that normalise x by the moments of its groups; `weight` and `bias` are [C], or missing. */
export function normalizeSteps(
  x: WasmView,
  weight: WasmView | undefined,
  bias: WasmView | undefined,
  output: WasmView,
  layout: RowGroups,
  eps: number,
  launch: WasmLaunch,
): WasmStep[] {
  if (areVectors(layout)) return [normalizeVectorsStep(x, weight, bias, output, layout, eps)];
  const { images, channels, length, groups, first, step, rows } = layout;
  const isContiguous = step === 1;
  // If the rows of a group lie side by side, sum them as one row.
  const summed = isContiguous ? { first: 1, step: 1, rows: 1 } : layout;
  const sums = isContiguous
    ? sumsOf('rowMoments_f32', [x], length * rows, groups, bytes.moments, launch)
    : sumsOf('rowMoments_f32', [x], length, images * channels, bytes.moments, launch);
  const scales = launch.workspace(images * channels * bytes.scales);
  return [
    sums.step,
    {
      entry: 'groupScales_f32',
      params: [
        ...[sums.pointer, sums.parts, summed.first, summed.step, summed.rows, rows * length, f32Bits(eps)],
        ...[weight?.pointer ?? 0, bias?.pointer ?? 0, scales, first, step, rows, channels],
      ],
      items: groups,
      grain: grainGroups,
    },
    scaleStep(x, output, scales, length, images * channels),
  ];
}

/** Steps that normalise the channels of x by given moments; all vectors are [C], `weight` and `bias` may be missing. */
export function normalizeByMomentsSteps(
  x: WasmView,
  { mean, variance, weight, bias }: MomentViews,
  output: WasmView,
  { channels, length }: RowGroups,
  eps: number,
  launch: WasmLaunch,
): WasmStep[] {
  const scales = launch.workspace(channels * bytes.scales);
  return [
    {
      entry: 'channelScales_f32',
      params: [mean.pointer, variance.pointer, f32Bits(eps), weight?.pointer ?? 0, bias?.pointer ?? 0, scales],
      items: channels,
      grain: grainGroups,
    },
    scaleStep(x, output, scales, length, channels),
  ];
}

interface MomentViews {
  readonly mean: WasmView;
  readonly variance: WasmView;
  readonly weight?: WasmView | undefined;
  readonly bias?: WasmView | undefined;
}

/** Steps for the gradient of x under `normalizeSteps`. */
export function normalizeInputGradientSteps(
  x: WasmView,
  cotangent: WasmView,
  weight: WasmView | undefined,
  output: WasmView,
  layout: RowGroups,
  eps: number,
  launch: WasmLaunch,
): WasmStep[] {
  if (areVectors(layout)) return [vectorsInputGradientStep(x, cotangent, weight, output, layout, eps)];
  const { images, channels, length, groups } = layout;
  const sums = sumsOf('rowProducts_f32', [x, cotangent], length, images * channels, bytes.products, launch);
  const coefficients = launch.workspace(images * channels * bytes.coefficients);
  return [
    sums.step,
    {
      entry: 'gradientScales_f32',
      params: [...groupWords(sums, layout, eps), weight?.pointer ?? 0, channels, coefficients],
      items: groups,
      grain: grainGroups,
    },
    {
      entry: 'combineRows_f32',
      params: [cotangent.pointer, x.pointer, output.pointer, coefficients, length],
      items: images * channels * length,
      grain: partLength,
    },
  ];
}

/** Steps for the gradient of the weight under `normalizeSteps`. */
export function normalizeWeightGradientSteps(
  x: WasmView,
  cotangent: WasmView,
  output: WasmView,
  layout: RowGroups,
  eps: number,
  launch: WasmLaunch,
): WasmStep[] {
  if (areVectors(layout)) return vectorsWeightGradientSteps(x, cotangent, output, layout, eps, launch);
  const { images, channels, length, groups } = layout;
  const sums = sumsOf('rowProducts_f32', [x, cotangent], length, images * channels, bytes.products, launch);
  const terms = launch.workspace(images * channels * bytes.term);
  return [
    sums.step,
    { entry: 'weightTerms_f32', params: [...groupWords(sums, layout, eps), terms], items: groups, grain: grainGroups },
    {
      entry: 'weightGradient_f32',
      params: [terms, images, channels, output.pointer],
      items: channels,
      grain: grainGroups,
    },
  ];
}

interface Sums {
  readonly step: WasmStep;
  readonly pointer: number;
  readonly parts: number;
}

/** A step that sums up `rows` rows in parts of a fixed length, and the address of the sums. */
function sumsOf(
  entry: string,
  [x, cotangent]: readonly [WasmView, WasmView?],
  length: number,
  rows: number,
  bytesPerPart: number,
  launch: WasmLaunch,
): Sums {
  const parts = Math.max(1, Math.ceil(length / partLength));
  const pointer = launch.workspace(rows * parts * bytesPerPart);
  const params = [x.pointer, pointer, length, parts, partLength, cotangent?.pointer ?? 0];
  const grain = Math.ceil(partLength / Math.max(1, Math.min(length, partLength)));
  return { pointer, parts, step: { entry, params, items: rows * parts, grain } };
}

function groupWords({ pointer, parts }: Sums, { first, step, rows, length }: RowGroups, eps: number): number[] {
  return [pointer, parts, first, step, rows, rows * length, f32Bits(eps)];
}

function scaleStep(x: WasmView, output: WasmView, scales: number, length: number, count: number): WasmStep {
  const items = sizeOf(x.shape);
  return {
    entry: 'scaleRows_f32',
    params: [x.pointer, output.pointer, scales, length, count],
    items,
    grain: partLength,
  };
}
