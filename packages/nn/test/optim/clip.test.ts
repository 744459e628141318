import { GradientError, defaultEngine, readSync, scope, tensor } from '@hypercorr/tensor';
import { expect, test, vi } from 'vitest';
import { clipGradientNorm, gradientNorm } from '../../src/index.ts';
import { relativeDistance, tolerance } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

test('one factor for all, so that together they have the norm; those of others stay', () => {
  scope(() => {
    const given = { a: tensor([3, 0]), b: tensor([[0], [4]]) };
    const { gradients, norm } = clipGradientNorm(given, 2.5);
    expect(readSync(norm)).toEqual(Float32Array.of(5));
    expect(norm.shape).toEqual([]);
    expect(Object.keys(gradients)).toEqual(['a', 'b']);
    expect(gradients['b']?.shape).toEqual([2, 1]);
    expect(
      relativeDistance([...readSync(gradients['a'] ?? norm), ...readSync(gradients['b'] ?? norm)], [1.5, 0, 0, 2]),
    ).toBeLessThanOrEqual(tolerance);
    expect(readSync(given.a)).toEqual(Float32Array.of(3, 0));
  });
});

test('short gradients keep every bit, and may be 0', () => {
  scope(() => {
    const elements = Float32Array.of(0.1, -0.7, 1e-20);
    const { gradients, norm } = clipGradientNorm({ g: tensor([...elements]) }, 1);
    expect(readSync(gradients['g'] ?? norm)).toEqual(elements);
    const none = clipGradientNorm({ g: tensor([0, 0]) }, 1);
    expect([...readSync(none.norm), ...readSync(none.gradients['g'] ?? norm)]).toEqual([0, 0, 0]);
    expect(readSync(clipGradientNorm({ g: tensor([3, 4]) }, Infinity).gradients['g'] ?? norm)).toEqual(
      Float32Array.of(3, 4),
    );
  });
});

test('a norm that is not finite is seen in the norm, and makes gradients 0 or NaN', () => {
  scope(() => {
    const { gradients, norm } = clipGradientNorm({ a: tensor([1, Infinity]), b: tensor([2]) }, 1);
    expect(readSync(norm)).toEqual(Float32Array.of(Infinity));
    expect([...readSync(gradients['a'] ?? norm), ...readSync(gradients['b'] ?? norm)]).toEqual([0, NaN, 0]);
    const lost = clipGradientNorm({ a: tensor([1, NaN]), b: tensor([2]) }, 1);
    expect([...readSync(lost.norm), ...readSync(lost.gradients['b'] ?? norm)]).toEqual([NaN, NaN]);
  });
});

test('gradients whose squares float32 does not hold have a norm', () => {
  scope(() => {
    for (const unit of [1e30, 1e-30]) {
      const { gradients, norm } = clipGradientNorm({ a: tensor([3 * unit]), b: tensor([[4 * unit]]) }, unit);
      expect(relativeDistance([...readSync(norm)], [5 * unit])).toBeLessThanOrEqual(tolerance);
      if (unit > 1)
        expect(relativeDistance([...readSync(gradients['a'] ?? norm)], [0.6 * unit])).toBeLessThanOrEqual(tolerance);
    }
  });
});

test('nothing is read', () => {
  const { backend } = defaultEngine();
  if (backend.kernels === 'none') expect.fail('the default engine computes');
  const reads = [vi.spyOn(backend, 'read'), vi.spyOn(backend, 'readSync')];
  scope(() => {
    const { norm } = clipGradientNorm({ g: tensor([3, 4]) }, 1);
    for (const spy of reads) expect(spy).not.toHaveBeenCalled();
    expect(readSync(norm)).toEqual(Float32Array.of(5));
  });
  for (const spy of reads) spy.mockRestore();
});

test('the norm alone is that of all elements, and not finite where one of them is not', () => {
  scope(() => {
    expect(readSync(gradientNorm({ a: tensor([3, 0]), b: tensor([[0], [4]]) }))).toEqual(Float32Array.of(5));
    expect(readSync(gradientNorm({ a: tensor([3, NaN]), b: tensor([4]) }))).toEqual(Float32Array.of(NaN));
    expect(readSync(gradientNorm({ a: tensor([3]), b: tensor([-Infinity]) }))).toEqual(Float32Array.of(Infinity));
    expect(() => gradientNorm({})).toThrow(new GradientError('gradientNorm', 'there is no gradient'));
  });
});

test('misuse', () => {
  scope(() => {
    expect(() => clipGradientNorm({}, 1)).toThrow(new GradientError('clipGradientNorm', 'there is no gradient'));
    expect(() => clipGradientNorm({ g: tensor([1]) }, -1)).toThrow(
      new RangeError('[clipGradientNorm] maxNorm is a number from 0; got -1'),
    );
    expect(() => clipGradientNorm({ g: tensor([1]) }, NaN)).toThrow(RangeError);
  });
});
