import { GpuBackend } from '../../src/backends/gpu/backend.ts';
import { gpu, type GpuMode, type GpuPass, type GpuSource } from '../../src/backends/gpu/index.ts';
import type { ComputingBackend, Handle, Operand } from '../../src/backend.ts';
import type { HostArray } from '../../src/dtype.ts';
import { defineOp } from '../../src/op.ts';
import { sizeOf, type Shape } from '../../src/shape/shape.ts';
import type { Named, Spec } from '../../src/spec.ts';

/** The modes that can run where the tests do: a page has a GPU, or software in its place. */
export const modes: readonly GpuMode[] = typeof document === 'undefined' ? ['cpu', 'webasm'] : ['webgl2', 'webgpu'];

export interface Values {
  readonly shape: Shape;
  readonly data: HostArray;
}

type Describe<Name extends string> = (inputs: Named<Name, GpuSource>, output: Spec) => GpuPass;

export async function start(mode: GpuMode): Promise<ComputingBackend> {
  const backend = await gpu({ mode })();
  if (!(backend instanceof GpuBackend)) throw new TypeError('gpu() gave another backend');
  return backend;
}

/** Dispatches an operation that is nothing but `describe`. */
export function dispatch<Name extends string>(
  backend: ComputingBackend,
  inputs: Readonly<Partial<Record<Name, Operand>>>,
  output: Spec,
  describe: Describe<Name>,
): Handle {
  const op = defineOp<Name, object>({
    name: 'probe',
    infer: () => output,
    gradients: 'none',
    kernels: { reference() {}, wasm: () => [], gpu: describe },
  });
  const given: Record<string, Operand> = {};
  for (const [name, operand] of Object.entries<Operand | undefined>(inputs))
    if (operand !== undefined) given[name] = operand;
  return backend.run(op, given, output, {});
}

/** Uploads the inputs, runs `describe`, and reads the result. */
export async function compute<Name extends string>(
  backend: ComputingBackend,
  inputs: Named<Name, Values>,
  shape: Shape,
  describe: Describe<Name>,
): Promise<Float32Array> {
  const operands: Partial<Record<Name, Operand>> = {};
  const uploaded: Handle[] = [];
  for (const name of namesOf(inputs)) {
    const handle = backend.upload(inputs[name].data, 'float32');
    uploaded.push(handle);
    operands[name] = { shape: inputs[name].shape, dtype: 'float32', handle };
  }
  const result = dispatch(backend, operands, { shape, dtype: 'float32' }, describe);
  try {
    return await readFloats(backend, result, sizeOf(shape));
  } finally {
    for (const handle of [result, ...uploaded]) backend.free(handle);
  }
}

function namesOf<Name extends string>(inputs: Named<Name, unknown>): Name[] {
  return Object.keys(inputs) as Name[];
}

export async function readFloats(backend: ComputingBackend, handle: Handle, size: number): Promise<Float32Array> {
  const data = await backend.read(handle, 'float32', size);
  if (!(data instanceof Float32Array)) throw new TypeError('float32 was read as another type');
  return data;
}

/** Whole numbers, different from their neighbours, that float32 holds exactly. */
export function countUp(size: number): Float32Array {
  const data = new Float32Array(size);
  for (let i = 0; i < size; i += 1) data[i] = (i * 7919) % 65521;
  return data;
}

/** Numbers between −1 and 1. */
export function waves(size: number, phase = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + phase));
}

/** The positions at which two lists differ, at most three, each with what stands there. */
export function differences(
  got: ArrayLike<number>,
  expected: (position: number) => number,
  size = got.length,
): string[] {
  const found: string[] = [];
  for (let i = 0; i < size && found.length < 3; i += 1) {
    const value = expected(i);
    if (got[i] !== value) found.push(`${got[i]} at ${i}, expected ${value}`);
  }
  return found;
}

/** The largest difference, relative to the largest expected value. */
export function deviation(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i += 1) {
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
    difference = Math.max(difference, Math.abs((got[i] ?? NaN) - (expected[i] ?? 0)));
  }
  return difference / largest;
}
