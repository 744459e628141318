import { readSync, type DType, type HostArray } from '@hypercorr/tensor';
import {
  fromHost,
  isFloat,
  negOp,
  run,
  sizeOf,
  type ComputingBackend,
  type GradientRule,
  type Op,
} from '@hypercorr/tensor/op';
import { vi } from 'vitest';

/** Spoils what a kernel computed, in place; an empty result stays. */
export type Fault = (data: HostArray, dtype: DType) => void;

/** Ways in which a kernel may be wrong, from plain to hard to see. */
export const faults = {
  'the other sign': (data, dtype) => {
    for (const [i, value] of data.entries()) data[i] = dtype === 'bool' ? 1 - value : -value;
  },
  'one element off by a thousandth of the largest': (data, dtype) => {
    const at = Math.floor(data.length / 2);
    const value = data[at];
    if (value === undefined) return;
    const largest = Math.max(...Array.from(data, Math.abs));
    if (dtype === 'bool') data[at] = 1 - value;
    else data[at] = value + (isFloat(dtype) ? 1e-3 * largest : 1);
  },
} as const satisfies Readonly<Record<string, Fault>>;

/** A backend like `backend`, but for one kernel that is wrong. */
export function withFault(backend: ComputingBackend, faulty: Op, fault: Fault): ComputingBackend {
  const { readSync } = backend;
  if (readSync === undefined) throw new Error('faults are put in on the host, which needs synchronous reading');
  return {
    name: backend.name,
    description: `${backend.description}, with a fault in ${faulty.name}`,
    kernels: backend.kernels,
    dtypes: backend.dtypes,
    upload: (data, dtype) => backend.upload(data, dtype),
    run(op, inputs, output, attrs) {
      const handle = backend.run(op, inputs, output, attrs);
      if (op !== faulty) return handle;
      const data = readSync.call(backend, handle, output.dtype, sizeOf(output.shape));
      backend.free(handle);
      fault(data, output.dtype);
      return backend.upload(data, output.dtype);
    },
    read: (handle, dtype, size) => backend.read(handle, dtype, size),
    readSync: (handle, dtype, size) => readSync.call(backend, handle, dtype, size),
    free: (handle) => backend.free(handle),
    idle: () => backend.idle(),
    dispose: () => backend.dispose(),
  };
}

type Gradient = ReturnType<GradientRule['apply']>;

/** Ways in which a gradient rule may be wrong. */
export const ruleFaults = {
  'the other sign': (gradient: Gradient): Gradient => run(negOp, { x: gradient }, {}),
  'one element off by a thousandth of the largest': (gradient: Gradient): Gradient => {
    const data = readSync(gradient).slice();
    const at = Math.floor(data.length / 2);
    const largest = Math.max(...Array.from(data, Math.abs));
    if (data.length > 0) data[at] = (data[at] ?? 0) + 1e-3 * (largest || 1);
    return fromHost(data, gradient.shape, gradient.dtype, gradient.engine);
  },
} as const;

/** Runs `compute` while a gradient rule is wrong. */
export async function withFaultyRule<T>(
  rule: GradientRule,
  fault: (gradient: Gradient) => Gradient,
  compute: () => T | Promise<T>,
): Promise<T> {
  const right = rule.apply.bind(rule);
  const spy = vi.spyOn(rule, 'apply').mockImplementation((context) => fault(right(context)));
  try {
    return await compute();
  } finally {
    spy.mockRestore();
  }
}
