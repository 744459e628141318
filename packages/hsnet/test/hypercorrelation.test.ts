import {
  DTypeError,
  HypercorrError,
  ShapeError,
  key,
  mul,
  readSync,
  reshape,
  scope,
  tensor,
  uniform,
  zeros,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { hypercorrelation } from '../src/hypercorrelation/index.ts';
import { backends, useEngine } from '../../vision/test/support/engines.ts';

describe.each(backends)('hypercorrelation on %s', (backend) => {
  const engine = useEngine(backend);
  const map = <const S extends Shape>(seed: number, shape: S) =>
    uniform(key(seed), shape, { min: 0.1, max: 1, engine: engine() });

  test('masked support positions give exact zeros, whatever is there, and the others do not', () => {
    scope(() => {
      const [query, support] = [map(1, [2, 5, 2, 3]), map(2, [2, 5, 3, 3])];
      // Another set of positions in each entry of the batch, and one without any.
      const on = [
        [0, 1, 1, 0, 0.25, 0, 1, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
      ];
      const masked = mul(support, reshape(tensor(on.flat(), { engine: engine() }), [2, 1, 3, 3]));
      const c = readSync(hypercorrelation([query, query], [masked, masked]));
      expect(c).toHaveLength(2 * 2 * 6 * 9);
      const isZero = Array.from(c, (value) => value === 0);
      const expected = on.flatMap((entry) =>
        Array.from({ length: 2 * 6 }, () => entry.map((value) => value === 0)).flat(),
      );
      expect(isZero).toEqual(expected);
    });
  });

  test('it is the cosine where it is positive: 1 of equal vectors, 0 of opposite ones and of zeros', () => {
    scope(() => {
      // Vectors of two channels at three positions: (3, 4), (-3, -4), (0, 0).
      const features = reshape(tensor([3, -3, 0, 4, -4, 0], { engine: engine() }), [1, 2, 1, 3]);
      const c = Array.from(readSync(hypercorrelation([features], [features])));
      const one = 25 / (5 + 1e-5) ** 2;
      for (const [i, value] of [one, 0, 0, 0, one, 0, 0, 0, 0].entries()) expect(c[i]).toBeCloseTo(value, 6);
    });
  });
});

test('what does not fit together is refused before anything runs', () => {
  scope(() => {
    const list = (...shapes: Shape[]): Tensor<Shape, 'float32'>[] => shapes.map((shape) => zeros(shape));
    const message = (compute: () => unknown): string => {
      try {
        compute();
      } catch (error) {
        if (error instanceof HypercorrError) return `${error.name}: ${error.message}`;
        throw error;
      }
      return 'nothing was thrown';
    };
    expect(() => hypercorrelation(list(), list())).toThrow(ShapeError);
    expect(message(() => hypercorrelation(list([1, 4, 3, 3]), list()))).toBe(
      'ShapeError: [hypercorrelation] there are 1 query maps and 0 support maps; expected as many of both, and at least one',
    );
    expect(message(() => hypercorrelation(list([1, 4, 3]), list([1, 4, 3, 3])))).toBe(
      'ShapeError: [hypercorrelation] query 0 has shape [1,4,3], expected [B,C,hq,wq]',
    );
    expect(message(() => hypercorrelation(list([1, 4, 3, 3], [1, 5, 3, 2]), list([1, 4, 2, 2], [1, 5, 2, 2])))).toBe(
      'ShapeError: [hypercorrelation] query 1 has shape [1,5,3,2], expected [1,5,3,3]',
    );
    expect(message(() => hypercorrelation(list([1, 4, 3, 3]), list([2, 4, 3, 3])))).toBe(
      'ShapeError: [hypercorrelation] support 0 has shape [2,4,3,3], expected [1,4,3,3]',
    );
    expect(message(() => hypercorrelation(list([1, 4, 3, 3]), list([1, 5, 2, 2])))).toBe(
      'ShapeError: [hypercorrelation] pair 0 has 4 and 5 channels; got query [1,4,3,3], support [1,5,2,2]',
    );
    const whole: Tensor = zeros([1, 4, 3, 3], { dtype: 'int32' });
    // @ts-expect-error only floating point has a cosine
    expect(() => hypercorrelation([whole], [whole])).toThrow(DTypeError);
  });
});

test('shapes that are written down are checked by the compiler', () => {
  scope(() => {
    const [query, support] = [zeros([2, 8, 5, 4]), zeros([2, 8, 3, 6])];
    const c: Tensor<readonly [2, 1, 5, 4, 3, 6], 'float32'> = hypercorrelation([query], [support]);
    expect(c.shape).toEqual([2, 1, 5, 4, 3, 6]);
    // @ts-expect-error [hypercorrelation] there are 2 query maps and 1 support maps
    expect(() => hypercorrelation([query, query], [support])).toThrow(ShapeError);
    // @ts-expect-error [hypercorrelation] query [2,8,5,4] and support [2,9,3,6] are no pair: expected [B,C,hq,wq] and [B,C,hs,ws]
    expect(() => hypercorrelation([query], [zeros([2, 9, 3, 6])])).toThrow(ShapeError);
  });
});
