import { expect, test } from 'vitest';
import { conv2d, matmul, readSync, scope, sum, tensor } from '../../src/index.ts';

// float32 has 24 bits: added to 2²⁴ one by one, ones are lost; added first, or in double precision, they are not.
const large = 2 ** 24;

test('the reference backend sums float32 in double precision and rounds once', () => {
  scope(() => {
    const x = tensor([[large, 1, 1]]);
    const expected = Float32Array.of(large + 2);
    expect(readSync(sum(x))).toEqual(expected);
    expect(readSync(matmul(x, tensor([[1], [1], [1]])))).toEqual(expected);
    expect(readSync(conv2d(tensor([[[[large, 1, 1]]]]), tensor([[[[1, 1, 1]]]])))).toEqual(expected);
  });
});
