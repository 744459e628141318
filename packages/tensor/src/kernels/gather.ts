import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf } from '../shape/shape.ts';
import { mergeAxes, stridesOf, type LoopAxis } from '../shape/strides.ts';
import { elementGrain } from './elementwise.ts';
import { fillStep } from './move.ts';

/** A step that picks elements of `x` along `axis` (`assembly/gather.ts`). */
export function gatherStep(x: WasmView, index: WasmView, output: WasmView, axis: number): WasmStep {
  const strides = stridesOf(x.shape);
  const axes = mergeAxes(index.shape, [stridesOf(index.shape), strides.with(axis, 0)]);
  const [run, outer] = [axes.at(-1), axes.slice(0, -1)];
  return {
    entry: 'gather_word',
    params: [
      ...[x.pointer, index.pointer, output.pointer],
      ...[sizeAt(x.shape, axis), sizeAt(strides, axis)],
      ...[run?.size ?? 1, run?.strides[1] ?? 0],
      outer.length,
      ...sizesAndStrides(outer, 1),
    ],
    items: sizeOf(index.shape),
    grain: elementGrain,
  };
}

/**
 * Steps that add up elements of `source` along `axis`. The first step writes zeros, the second adds all lines of the
 * index.
 */
export function scatterAddSteps(source: WasmView, index: WasmView, output: WasmView, axis: number): WasmStep[] {
  return [fillStep(output, 0), scatterStep('scatter_add', source, index, output, axis)];
}

/** A step that combines elements of `source` with those of `output` along `axis`, all lines of the index. */
export function scatterStep(
  entry: string,
  source: WasmView,
  index: WasmView,
  output: WasmView,
  axis: number,
): WasmStep {
  const [from, to] = [stridesOf(source.shape), stridesOf(output.shape)];
  const count = sizeAt(index.shape, axis);
  const lines = index.shape.with(axis, 1);
  const axes = mergeAxes(lines, [from, to]);
  const [run, outer] = [axes.at(-1), axes.slice(0, -1)];
  return {
    entry,
    params: [
      ...[source.pointer, index.pointer, output.pointer],
      ...[count, sizeAt(from, axis)],
      ...[sizeAt(output.shape, axis), sizeAt(to, axis)],
      ...[run?.size ?? 1, run?.strides[0] ?? 0, run?.strides[1] ?? 0],
      outer.length,
      ...sizesAndStrides(outer, 0),
      ...sizesAndStrides(outer, 1),
    ],
    items: count === 0 ? 0 : sizeOf(lines),
    grain: Math.ceil(elementGrain / Math.max(1, count)),
  };
}

/** Axes as `assembly/axes.ts` walks them, with the strides of one of the tensors. */
function sizesAndStrides(axes: readonly LoopAxis[], tensor: number): number[] {
  return axes.flatMap(({ size, strides }) => [size, strides[tensor] ?? 0]);
}
