import { BackendError, type Backend } from '@hypercorr/tensor';
import { bytesPerElement, sizeOf, type BackendOperand, type Op } from '@hypercorr/tensor/op';

/** An operation that would have run. */
export interface PlannedOp {
  readonly name: string;
  readonly inputs: Readonly<Record<string, BackendOperand>>;
  readonly output: BackendOperand;
}

/**
 * A backend that computes nothing: it tells `observe` of every operation, with shapes, and keeps count of bytes. A
 * model on it shows what it would do, in milliseconds and at any size.
 */
export function shapeBackend(observe: (planned: PlannedOp) => void): Backend {
  const unread = () => new BackendError('complexity', 'there are shapes here, and no elements to read');
  return {
    // What it stands in for: the backend that takes every dtype.
    name: 'reference',
    description: 'shapes alone, nothing is computed',
    upload: (data) => ({ bytes: data.byteLength }),
    run(op: Op, inputs, output) {
      const handle = { bytes: sizeOf(output.shape) * bytesPerElement(output.dtype) };
      observe({ name: op.name, inputs, output: { ...output, handle } });
      return handle;
    },
    read: () => Promise.reject(unread()),
    free() {},
    idle: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}
