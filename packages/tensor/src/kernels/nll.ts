import type { WasmLaunch, WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf } from '../shape/shape.ts';

/** The number of labels in a unit of work. Each unit writes two float64. */
const labelsPerPart = 8192;
const bytesPerPart = 16;
/** Rows with this many elements together are worth waking a thread for. */
const grainElements = 16384;

/** Steps of `assembly/nll.ts`: sums over parts of the labels, then their quotient. */
export function nllLossSteps(
  x: WasmView,
  target: WasmView,
  output: WasmView,
  ignoreIndex: number,
  launch: WasmLaunch,
): WasmStep[] {
  const labels = sizeOf(target.shape);
  const parts = Math.ceil(labels / labelsPerPart);
  const totals = launch.workspace(parts * bytesPerPart);
  const inner = sizeOf(target.shape.slice(1));
  return [
    partsStep('nllParts_f32', [x.pointer, target.pointer, totals, labels, inner, x.shape[1] ?? 1, ignoreIndex], parts),
    { entry: 'nllLoss_f32', params: [totals, parts, output.pointer], items: 1, grain: 1 },
  ];
}

/** Steps of `assembly/nll.ts`: counts of parts of the labels, then rows of the gradient. */
export function nllLossGradientSteps(
  cotangent: WasmView,
  target: WasmView,
  output: WasmView,
  ignoreIndex: number,
  launch: WasmLaunch,
): WasmStep[] {
  const labels = sizeOf(target.shape);
  const parts = Math.ceil(labels / labelsPerPart);
  const totals = launch.workspace(parts * bytesPerPart);
  const inner = sizeOf(target.shape.slice(1));
  const classes = output.shape[1] ?? 1;
  return [
    partsStep('nllCounts_f32', [0, target.pointer, totals, labels, inner, classes, ignoreIndex], parts),
    {
      entry: 'nllLossGradient_f32',
      params: [cotangent.pointer, target.pointer, totals, parts, output.pointer, inner, classes, ignoreIndex],
      items: inner === 0 ? 0 : sizeOf(output.shape) / inner,
      grain: Math.ceil(grainElements / Math.max(1, inner)),
    },
  ];
}

/** A step of `assembly/nll.ts`: the terms of the loss. A unit of work is a label. */
export function nllTermsStep(x: WasmView, target: WasmView, output: WasmView, ignoreIndex: number): WasmStep {
  const inner = sizeOf(target.shape.slice(1));
  return {
    entry: 'nllTerms_f32',
    params: [x.pointer, target.pointer, output.pointer, inner, x.shape[1] ?? 1, ignoreIndex],
    items: sizeOf(target.shape),
    grain: grainElements,
  };
}

/** A step of `assembly/nll.ts`: the gradient of the terms. A unit of work is a row: one class of one image. */
export function nllTermsGradientStep(
  cotangent: WasmView,
  target: WasmView,
  output: WasmView,
  ignoreIndex: number,
): WasmStep {
  const inner = sizeOf(target.shape.slice(1));
  return {
    entry: 'nllTermsGradient_f32',
    params: [cotangent.pointer, target.pointer, output.pointer, inner, output.shape[1] ?? 1, ignoreIndex],
    items: inner === 0 ? 0 : sizeOf(output.shape) / inner,
    grain: Math.ceil(grainElements / Math.max(1, inner)),
  };
}

/**
 * Words: x, target, totals, the number of labels, the number of labels for each index of the batch, the number of
 * classes, the label to ignore.
 */
function partsStep(entry: string, params: readonly number[], parts: number): WasmStep {
  return { entry, params: [...params, labelsPerPart], items: parts, grain: 2 };
}
