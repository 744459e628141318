import { readFileSync } from 'node:fs';
import { fromArray, readSync, type Shape, type Tensor } from '@hypercorr/tensor';
import { sameShape, sizeOf } from '@hypercorr/tensor/op';
import { parseSafetensors, type HostTensor } from '../../src/index.ts';
import { fillerValues } from './filler.ts';

const open = (name: string) =>
  parseSafetensors(readFileSync(new URL(`../../../../fixtures/${name}`, import.meta.url)), { source: name });

/** PyTorch's values for single operations, batch norm, and paths of optimisers. */
export const opsFixtures = open('ops.safetensors');
/** The same for transposed convolutions and layer norm. */
const layerFixtures = open('layers.safetensors');
/** The same for pooling and convolutions over one, two and three axes. */
const windowFixtures = open('windows.safetensors');

const files = [opsFixtures, layerFixtures, windowFixtures];

/** Names of what PyTorch gives for layers, in any of the files. */
export const fixtureNames: readonly string[] = files.flatMap(({ names }) => [...names]);

const stored = (name: string): HostTensor => (files.find(({ entries }) => entries.has(name)) ?? opsFixtures).read(name);

/** A float32 tensor of the fixtures. */
export function fixture<S extends Shape = Shape>(name: string): Tensor<S, 'float32'> {
  const host = stored(name);
  if (host.dtype !== 'float32') throw new Error(`${name} is ${host.dtype}`);
  return fromArray(host.data, host.shape) as Tensor<Shape, 'float32'> as Tensor<S, 'float32'>;
}

/** Filler values as a tensor. */
export function filler<const S extends Shape>(name: string, shape: S): Tensor<S, 'float32'> {
  return fromArray(fillerValues(name, sizeOf(shape)), shape);
}

/** float32 sums in another order differ by about this much of the largest element. */
export const tolerance = 1e-5;

/** How far a tensor is from the fixture of that name at most, relative to the fixture's largest element. */
export function distance(actual: Tensor, name: string): number {
  const expected = stored(name);
  if (!sameShape(actual.shape, expected.shape)) return Infinity;
  return relativeDistance(readSync(actual), expected.data);
}

/** The largest difference of two arrays, relative to the largest element of the second. */
export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const wanted = Array.from(expected);
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, i) => Math.abs(value - (actual[i] ?? NaN)))) / largest;
}
