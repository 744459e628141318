import { readFileSync } from 'node:fs';
import { FormatError, fromHalfArray, readSync, tensor } from '@hypercorr/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSafetensors, serialiseTensors, toHalf, type RawTensor } from '../../src/index.ts';

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

const fixture = parseSafetensors(
  new Uint8Array(readFileSync(new URL('../../../../fixtures/halves.safetensors', import.meta.url))),
);

test.each(['float16', 'bfloat16'] as const)("%s is written and read with PyTorch's bits", async (format) => {
  const x = fixture.read('x');
  const file = parseSafetensors(await serialiseTensors({ x }, { float32: format }));
  const [written, expected] = [file.raw('x'), fixture.raw(format)];
  expect(written.dtype).toBe(expected.dtype);
  const bitsOf = (raw: RawTensor) => new Uint16Array(raw.bytes.buffer);
  const isNaN = (value: number) => Number.isNaN(value);
  // All NaNs are one number, and need not have the same bits.
  const numbers = Array.from(x.data, (value, i) => (isNaN(value) ? NaN : bitsOf(written)[i]));
  expect(numbers).toEqual(Array.from(x.data, (value, i) => (isNaN(value) ? NaN : bitsOf(expected)[i])));
  expect(Array.from(file.read('x').data, isNaN)).toEqual(Array.from(x.data, isNaN));
  expect(toHalf(fixture.raw('x'), { format })).toEqual(written);
  using again = fromHalfArray(bitsOf(expected), expected.shape, format);
  expect(readSync(again)).toEqual(fixture.read(format).data);
});

test('files round float32 alone, refuse what a format cannot hold, and formats that do not exist', async () => {
  using weight = tensor([1, 2]);
  using count = tensor([7], { dtype: 'int32' });
  const raw = rawOf([3]);
  const file = parseSafetensors(await serialiseTensors({ weight, count, raw }, { float32: 'bfloat16' }));
  expect([...file.entries.values()].map(({ name, dtype }) => `${name} ${dtype}`).toSorted()).toEqual([
    'count I32',
    'raw F32',
    'weight BF16',
  ]);
  using large = tensor([1, 3.4e38]);
  await expect(serialiseTensors({ large }, { float32: 'bfloat16' })).rejects.toThrow(
    /^\[toHalf\] tensor "large" holds 3\.\d+e\+38; bfloat16 ends at 3\.38\d+e\+38$/,
  );
  // @ts-expect-error there is no such format
  await expect(serialiseTensors({ weight }, { float32: 'float8' })).rejects.toThrow(
    new FormatError('serialiseTensors', 'there is no format float8; there are float16, bfloat16'),
  );
});
