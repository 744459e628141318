import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sameShape, sizeOf } from '../shape/shape.ts';
import { broadcastStrides, mergeAxes, type LoopAxis } from '../shape/strides.ts';

/** The number of elements that is worth waking a thread for; a multiple of 16, as the ABI requires. */
export const elementGrain = 16384;

/**
 * A step of `assembly/broadcast.ts`: two or three inputs, broadcast against each other.
 * Words: the addresses of three inputs (the last repeated if there are two) and of the output, the number of
 * merged axes, then each axis' size and three strides.
 */
export function broadcastStep(entry: string, inputs: readonly WasmView[], output: WasmView): WasmStep {
  const items = sizeOf(output.shape);
  const params = three(inputs.map((input) => input.pointer));
  const axes = axesOf(inputs, output, items);
  params.push(output.pointer, axes.length);
  for (const { size, strides } of axes) params.push(size, ...three(strides));
  return { entry, params, items, grain: elementGrain, scratchBytes: 48 };
}

function axesOf(inputs: readonly WasmView[], { shape }: WasmView, items: number): readonly LoopAxis[] {
  // Nearly always there is nothing to broadcast: use one run.
  if (inputs.every((input) => sameShape(input.shape, shape))) return [{ size: items, strides: inputs.map(() => 1) }];
  return mergeAxes(
    shape,
    inputs.map((input) => broadcastStrides(input.shape, shape)),
  );
}

/** Three inputs; if there are only two, the last one twice. */
function three([first = 0, second = 0, third = second]: readonly number[]): number[] {
  return [first, second, third];
}

/** A step that goes over the elements of its inputs, all of one size, side by side. Words: inputs, output, then `extra`. */
export function elementsStep(
  entry: string,
  inputs: readonly WasmView[],
  output: WasmView,
  extra: readonly number[] = [],
): WasmStep {
  const pointers = inputs.map((input) => input.pointer);
  return { entry, params: [...pointers, output.pointer, ...extra], items: sizeOf(output.shape), grain: elementGrain };
}

/** A step of `assembly/unary.ts`: one input, element by element. */
export function unaryStep(entry: string, input: WasmView, output: WasmView, extra: readonly number[] = []): WasmStep {
  return elementsStep(entry, [input], output, extra);
}
