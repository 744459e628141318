import { bytesPerElement, sizeOf, type Backend, type Op } from '@hypercorr/tensor';
import type { CountedOp } from '../../src/index.ts';

/** A backend for counting: it tells of every operation, with shapes, and computes nothing. */
export function observingBackend(observe: (op: CountedOp) => void): Backend {
  return {
    name: 'reference',
    description: 'shapes alone',
    upload: (data) => ({ bytes: data.byteLength }),
    run(op: Op, inputs, output) {
      const handle = { bytes: sizeOf(output.shape) * bytesPerElement(output.dtype) };
      observe({ name: op.name, inputs, output: { ...output, handle } });
      return handle;
    },
    read: () => Promise.reject(new Error('there are no elements')),
    free() {},
    idle: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}
