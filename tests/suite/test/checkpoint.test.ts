import { checkpoint, valueAndGrad } from '@hypercorr/autograd';
import {
  conv2d,
  key,
  normal,
  read,
  relu,
  scope,
  square,
  sum,
  type Engine,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startEngine, stopEngine } from '../src/engines.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

type Image = Tensor<Shape, 'float32'>;

test('a checkpointed chain has the same value and gradients, to the bit, and keeps less', async () => {
  using x = normal(key(1), [1, 4, 9, 9], { engine });
  using weight = normal(key(2), [4, 4, 3, 3], { engine, deviation: 0.2 });
  const length = 16;
  const layer = (v: Image): Image => relu(conv2d(v, weight, { padding: 1 }));
  const chain =
    (layers: number) =>
    (v: Image): Image =>
      scope(() => Array.from({ length: layers }).reduce<Image>((y) => layer(y), v));

  async function gradients(f: (v: Image) => Image) {
    const before = engine.memory().bytes;
    engine.resetPeak();
    // The weight is reached through the closure, and used by every layer.
    const { value, grads } = valueAndGrad((wrt: { x: typeof x; weight: typeof weight }) => sum(square(f(wrt.x))))({
      x,
      weight,
    });
    const peak = engine.memory().peakBytes - before;
    const elements = [await read(value), await read(grads.x), await read(grads.weight)];
    for (const tensor of [value, grads.x, grads.weight]) tensor.dispose();
    return { elements, peak };
  }

  const plain = await gradients(chain(length));
  const parts = await gradients((v) =>
    Array.from({ length: 4 }).reduce<Image>((y) => checkpoint(chain(length / 4))(y), v),
  );
  expect(parts.elements).toEqual(plain.elements);
  for (const elements of plain.elements)
    expect(elements.every((element) => Number.isFinite(element)) && elements.some((element) => element !== 0)).toBe(
      true,
    );
  expect(parts.peak).toBeLessThan(plain.peak / 2);
});
