import { GradientError, add, defaultEngine, key, readSync, scope, square, sum, tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { GradientAccumulator, Linear, Sequential, lossAndGradients } from '../src/index.ts';
import { filler, relativeDistance, tolerance } from './support/fixtures.ts';
import { checkLeaks } from './support/leaks.ts';

checkLeaks();

test('gradients come by name, those of frozen parameters not at all', () => {
  using backbone = new Linear({ inFeatures: 3, outFeatures: 4, key: key(1) });
  using head = new Linear({ inFeatures: 4, outFeatures: 2, key: key(2) });
  scope(() => {
    const x = filler('x', [5, 3]);
    const model = new Sequential(backbone, head);
    const all = lossAndGradients(model, () => sum(square(model.forward(x))));
    expect(Object.keys(all.gradients)).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    const some = lossAndGradients(head, () => sum(square(model.forward(x))));
    expect(Object.keys(some.gradients)).toEqual(['weight', 'bias']);
    expect(readSync(some.loss)).toEqual(readSync(all.loss));
    expect(readSync(some.gradients['weight'] ?? x)).toEqual(readSync(all.gradients['1.weight'] ?? x));
  });
});

test('a loss that fails leaves nothing behind', () => {
  using model = new Linear({ inFeatures: 3, outFeatures: 4, key: key(1) });
  scope(() => {
    const x = filler('x', [5, 3]);
    const { tensors } = defaultEngine().memory();
    expect(() => lossAndGradients(model, () => model.forward(x))).toThrow(GradientError);
    expect(defaultEngine().memory().tensors).toBe(tensors);
  });
});

test('micro-batches add up to the batch', () => {
  using model = new Linear({ inFeatures: 3, outFeatures: 2, key: key(3) });
  using total = new GradientAccumulator();
  const inputs = ['a', 'b', 'c'];
  const loss = (name: string) => sum(square(model.forward(filler(name, [4, 3]))));
  for (const name of inputs) scope(() => total.add(lossAndGradients(model, () => loss(name)).gradients));
  expect(total.count).toBe(3);
  scope(() => {
    const whole = lossAndGradients(model, () => inputs.map(loss).reduce((a, b) => add(a, b)));
    const sums = total.take();
    expect(total.count).toBe(0);
    for (const [name, gradient] of Object.entries(whole.gradients)) {
      const [summed] = [sums[name]].map((tensorOrNone) => (tensorOrNone ? readSync(tensorOrNone) : []));
      expect(relativeDistance(summed ?? [], readSync(gradient))).toBeLessThanOrEqual(tolerance);
    }
  });
});

test('means', () => {
  using total = new GradientAccumulator();
  scope(() => {
    total.add({ w: tensor([1, 2]) });
    total.add({ w: tensor([3, 6]) });
    const { w } = total.take({ mean: true });
    expect(w && readSync(w)).toEqual(new Float32Array([2, 4]));
    total.add({ w: tensor([5, 5]) });
    const again = total.take({ mean: true });
    expect(again['w'] && readSync(again['w'])).toEqual(new Float32Array([5, 5]));
  });
});

test('gradients of other parameters, or none at all', () => {
  using total = new GradientAccumulator();
  expect(() => total.take()).toThrow(new GradientError('take', 'no gradients were added'));
  scope(() => {
    total.add({ w: tensor([1]) });
    expect(() => total.add({ v: tensor([1]) })).toThrow('the gradients before were of other parameters: v');
    expect(() => total.add({})).toThrow('the gradients before were of other parameters: w');
  });
  expect(total.count).toBe(1);
});
