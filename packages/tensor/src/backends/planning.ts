import type { ObservingBackend, Operand } from '../backend.ts';
import { bytesPerElement, dtypes } from '../dtype.ts';
import { sizeOf } from '../shape/shape.ts';

/** An operation that would have run. */
export interface PlannedOp {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly output: Operand;
}

/**
 * A backend that computes nothing. It tells `observe` of every operation, with shapes, and counts the bytes that tensors
 * would take. A model on it shows what it would do, in milliseconds and at any size.
 *
 * It takes every dtype. Tensors on it cannot be read.
 *
 * @example
 * const operations: string[] = [];
 * const engine = new Engine(planningBackend(({ name }) => operations.push(name)));
 * scope(() => void model.forward(zeros([1, 3, 400, 400], { engine })));
 * console.log(operations.length, engine.memory().peakBytes);
 */
export function planningBackend(observe: (planned: PlannedOp) => void): ObservingBackend {
  return {
    name: 'planning',
    description: 'planning: shapes alone, nothing is computed',
    kernels: 'none',
    dtypes,
    upload: (data) => ({ bytes: data.byteLength }),
    run({ name }, inputs, output) {
      const handle = { bytes: sizeOf(output.shape) * bytesPerElement(output.dtype) };
      observe({ name, inputs, output: { ...output, handle } });
      return handle;
    },
    free() {},
    idle: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}
