import { grad } from '@hypercorr/autograd';
import { fromArray, matmul, profile, read, relu, scope, sum, type Engine } from '@hypercorr/tensor';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startEngine, stopEngine } from '../src/engines.ts';

const { settings, place } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

test('a profile has a time for every call, the backward ones among them, and changes no result', async () => {
  // Large enough for a page's coarse clock; plain loops take seconds for what others do in a millisecond.
  const side = settings.kind === 'reference' || (place === 'node' && settings.kind === 'gpu') ? 50 : 200;
  using x = fromArray(
    Float32Array.from({ length: side ** 2 }, (_, i) => Math.sin(i)),
    [side, side],
    { engine },
  );
  const gradient = () => grad((v: typeof x) => sum(relu(matmul(v, v))))(x);
  using plain = gradient();
  const { result, milliseconds, operations } = await profile(engine, () => scope(gradient));
  expect(await read(result)).toEqual(await read(plain));
  result.dispose();

  const calls = Object.fromEntries(operations.map((operation) => [operation.name, operation.calls]));
  // One product forwards and one for each factor backwards, whose two gradients are added.
  expect(calls).toMatchObject({ matmul: 3, relu: 1, add: 1, sum: 1 });
  const times = operations.map((operation) => operation.milliseconds);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  // Of the others a page's clock, which ticks coarsely, may say 0.
  expect(times[0]).toBeGreaterThan(0);
  expect(times.reduce((total, time) => total + time, 0)).toBeLessThanOrEqual(milliseconds);
  const product = operations.find(({ name }) => name === 'matmul');
  // x is both factors of the first product.
  expect(product?.bytesWritten).toBeGreaterThanOrEqual(3 * 4 * side ** 2);
  expect(product?.bytesRead).toBeGreaterThanOrEqual(5 * 4 * side ** 2);
  expect(product?.bytesRead).toBeLessThan(6 * 4 * side ** 2);
});
