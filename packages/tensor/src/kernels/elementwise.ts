import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf } from '../shape/shape.ts';
import { broadcastStrides, mergeAxes } from '../shape/strides.ts';

/** Elements that are worth waking a thread for, and a multiple of 16 as the ABI wants. */
export const elementGrain = 16384;

/**
 * A step of `assembly/broadcast.ts`: two or three inputs, broadcast against each other.
 * Words: the addresses of three inputs (the last repeated if there are two) and of the output, the number of
 * merged axes, then each axis' size and three strides.
 */
export function broadcastStep(entry: string, inputs: readonly WasmView[], output: WasmView): WasmStep {
  const strides = inputs.map((input) => broadcastStrides(input.shape, output.shape));
  const axes = mergeAxes(output.shape, strides);
  const three = <T>(list: readonly T[]): T[] => [0, 1, 2].flatMap((i) => list[i] ?? list.at(-1) ?? []);
  return {
    entry,
    params: [
      ...three(inputs.map((input) => input.pointer)),
      output.pointer,
      axes.length,
      ...axes.flatMap((axis) => [axis.size, ...three(axis.strides)]),
    ],
    items: sizeOf(output.shape),
    grain: elementGrain,
    scratchBytes: 48,
  };
}

/** A step of `assembly/unary.ts`: one input, element by element. Words: input, output, then `extra`. */
export function unaryStep(entry: string, input: WasmView, output: WasmView, extra: readonly number[] = []): WasmStep {
  return { entry, params: [input.pointer, output.pointer, ...extra], items: sizeOf(output.shape), grain: elementGrain };
}
