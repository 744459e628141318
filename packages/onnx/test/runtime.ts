import type { Shape } from '@hypercorr/tensor';
import * as ort from 'onnxruntime-web';
import { expect } from 'vitest';

ort.env.wasm.numThreads = 1;

export interface Values {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Runs a file in ONNX Runtime: inputs and outputs by their names. */
export async function runOnnx(
  file: Uint8Array,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, Values>> {
  const session = await ort.InferenceSession.create(file);
  expect([...session.inputNames]).toEqual(Object.keys(inputs));
  const feeds = Object.entries(inputs).map(
    ([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)] as const,
  );
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => {
      if (!(data instanceof Float32Array)) throw new TypeError(`${name} is not float32`);
      return [name, { data, shape: dims }];
    }),
  );
}

/** The largest difference between two lists of equal length. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}
