import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSafetensors, serialiseTensors, toHalf } from '../../src/index.ts';

const rawOf = (values: readonly number[]) => ({
  dtype: 'F32' as const,
  shape: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

const throughHalf = async (values: readonly number[]): Promise<number[]> => {
  const file = await serialiseTensors({ x: toHalf(rawOf(values)) });
  return Array.from(parseSafetensors(file).read('x').data, Number);
};

test('numbers that half precision has stay as they are', async () => {
  const exact = [0, -0, 1, -2.5, 65504, 2 ** -14, 2 ** -24, 3 * 2 ** -24, Infinity, -Infinity];
  expect(await throughHalf(exact)).toEqual(exact);
  expect(await throughHalf([NaN])).toEqual([NaN]);
});

test('others go to the nearest, and to the even one from the middle', async () => {
  const step = 2 ** -10;
  expect(await throughHalf([1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, 2 - step / 4])).toEqual([
    1,
    1 + 2 * step,
    1 + step,
    2,
  ]);
  expect(await throughHalf([2 ** -25, 1.01 * 2 ** -25, 2 ** -40])).toEqual([0, 2 ** -24, 0]);
});

test('nothing is nearer than what a number becomes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.float({ min: -65000, max: 65000, noNaN: true }), async (value) => {
      const [half = NaN] = await throughHalf([value]);
      const unit = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(half) || 1)) - 10));
      expect(Math.abs(half - value)).toBeLessThanOrEqual(unit / 2);
    }),
  );
});

test('a number that is too large is refused, and other types stay as they are', () => {
  expect(() => toHalf(rawOf([1, 70_000]), { name: 'scale' })).toThrow(FormatError);
  expect(() => toHalf(rawOf([1, 70_000]), { name: 'scale' })).toThrow(
    '[toHalf] scale holds 70000; half precision ends at 65504',
  );
  const whole = { dtype: 'I32' as const, shape: [1], bytes: new Uint8Array(4) };
  expect(toHalf(whole)).toBe(whole);
});
