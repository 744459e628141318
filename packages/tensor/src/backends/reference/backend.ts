import { kernelOf, type ComputingBackend, type Handle, type Operand } from '../../backend.ts';
import { dtypes, hostArray, type DType, type HostArray } from '../../dtype.ts';
import { BackendError } from '../../errors.ts';
import type { Op } from '../../op.ts';
import { sizeOf } from '../../shape/shape.ts';
import type { Spec } from '../../spec.ts';
import type { NdArray } from './kernel.ts';

class HostBuffer implements Handle {
  readonly data: HostArray;

  constructor(data: HostArray) {
    this.data = data;
  }

  get bytes(): number {
    return this.data.byteLength;
  }
}

function dataOf(handle: Handle): HostArray {
  if (handle instanceof HostBuffer) return handle.data;
  throw new BackendError('reference', 'got a handle of another backend');
}

/** The backend that defines every operation: plain loops over host arrays, and the only one with float64. */
export function referenceBackend(): ComputingBackend {
  return {
    name: 'reference',
    description: 'reference: plain TypeScript loops, one thread',
    kernels: 'reference',
    dtypes,
    upload: (data) => new HostBuffer(data.slice()),
    run(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Handle {
      const kernel = kernelOf(op, 'reference');
      const arrays: Record<string, NdArray> = {};
      for (const [name, operand] of Object.entries(inputs)) {
        arrays[name] = { shape: operand.shape, dtype: operand.dtype, data: dataOf(operand.handle) };
      }
      // Sums are computed in double precision, and rounded once.
      const working = hostArray(output.dtype === 'float32' ? 'float64' : output.dtype, sizeOf(output.shape));
      kernel(arrays, { ...output, data: working }, attrs);
      return new HostBuffer(output.dtype === 'float32' ? new Float32Array(working) : working);
    },
    read: (handle) => Promise.resolve(dataOf(handle).slice()),
    readSync: (handle: Handle, _dtype: DType, _size: number) => dataOf(handle).slice(),
    free() {},
    idle: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}
