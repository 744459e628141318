import { describe, expect, it } from 'vitest';
import { format, fromArray, scalar, tensor, zeros, type Tensor } from '../src/index.ts';

async function text(x: Tensor, options?: Parameters<typeof format>[1]): Promise<string> {
  using printed = x;
  return format(printed, options);
}

function range(...shape: number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return fromArray(
    Float32Array.from({ length: size }, (_, i) => i),
    shape,
  );
}

function lines(...rows: string[]): string {
  return rows.join('\n');
}

describe('format', () => {
  it('aligns the points of a column', async () => {
    expect(
      await text(
        tensor([
          [1, 2.5],
          [-3, 4],
        ]),
      ),
    ).toBe(lines('[[ 1.   2.5]', ' [-3.   4. ]]'));
  });

  it('leaves a line between the matrices of a stack', async () => {
    expect(await text(range(2, 2, 2))).toBe(lines('[[[0. 1.]', '  [2. 3.]]', '', ' [[4. 5.]', '  [6. 7.]]]'));
  });

  it('says what is not float32', async () => {
    expect(
      await text(
        tensor(
          [
            [1, -200],
            [30, 4],
          ],
          { dtype: 'int32' },
        ),
      ),
    ).toBe(lines('[[   1 -200]', ' [  30    4]] int32'));
    expect(await text(tensor([true, false], { dtype: 'bool' }))).toBe('[ true false] bool');
    expect(await text(fromArray(Float64Array.of(1 / 3), [1]))).toBe('[0.3333] float64');
  });

  it('prints the fewest digits that name a float32', async () => {
    expect(await text(tensor([0.1, 0.7]))).toBe('[0.1 0.7]');
    expect(await text(tensor([100000.3, 200000]))).toBe('[100000.3 200000. ]');
  });

  it('rounds to the precision', async () => {
    expect(await text(tensor([2 / 3, 1]))).toBe('[0.6667 1.    ]');
    expect(await text(tensor([2 / 3, 1]), { precision: 2 })).toBe('[0.67 1.  ]');
    expect(await text(tensor([2.5]), { precision: 0 })).toBe('[3.]');
  });

  it('uses exponents where sizes differ much', async () => {
    expect(await text(tensor([1e-5, 1.5]))).toBe('[1.0e-05 1.5e+00]');
    expect(await text(tensor([0.5, 2000]))).toBe('[5e-01 2e+03]');
    expect(await text(tensor([1, 2000]))).toBe('[   1. 2000.]');
    expect(await text(tensor([-1e8, 0]))).toBe('[-1e+08  0e+00]');
  });

  it('prints what is not finite', async () => {
    expect(await text(tensor([NaN, 1.5, Infinity, -Infinity]))).toBe('[ nan  1.5  inf -inf]');
  });

  it('prints scalars without brackets', async () => {
    expect(await text(scalar(3))).toBe('3.0');
    expect(await text(scalar(-0.25))).toBe('-0.25');
    expect(await text(scalar(7, { dtype: 'int32' }))).toBe('7 int32');
  });

  it('prints the shape of what is empty', async () => {
    expect(await text(zeros([0]))).toBe('[]');
    expect(await text(zeros([2, 0], { dtype: 'int32' }))).toBe('[] [2,0] int32');
  });

  it('summarises above the threshold', async () => {
    expect(await text(range(2000))).toBe('[   0.    1.    2. … 1997. 1998. 1999.]');
    expect(await text(range(8, 2), { threshold: 10 })).toBe(
      lines('[[ 0.  1.]', ' [ 2.  3.]', ' [ 4.  5.]', ' …', ' [10. 11.]', ' [12. 13.]', ' [14. 15.]]'),
    );
  });

  it('takes the columns from what is shown', async () => {
    const values = Float32Array.from({ length: 9 }, (_, i) => (i === 4 ? 1e9 : i));
    expect(await text(fromArray(values, [9]), { threshold: 8 })).toBe('[0. 1. 2. … 6. 7. 8.]');
  });

  it('wraps long rows', async () => {
    const printed = await text(range(2, 20));
    expect(printed.split('\n')).toHaveLength(4);
    expect(Math.max(...printed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(printed.split('\n')[1]).toBe('  19.]');
  });

  it('reads before the tensor is freed', async () => {
    const x = tensor([1, 2]);
    const printed = format(x);
    x.dispose();
    expect(await printed).toBe('[1. 2.]');
  });
});
