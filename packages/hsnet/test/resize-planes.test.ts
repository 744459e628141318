import { readSync, scope, zeros, type Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resizePlanes } from '../src/resize-planes.ts';
import { useEngine } from '../../vision/test/support/engines.ts';
import { filler } from '../../vision/test/support/fill.ts';
import { relativeDistance } from '../../vision/test/support/fixtures.ts';

const engine = useEngine('reference');

type Six = readonly [number, number, number, number, number, number];

/** Where an element of a resized axis lies on the one before, corners aligned. */
const place = (i: number, from: number, to: number) => (to > 1 ? (i * (from - 1)) / (to - 1) : 0);

/** Bilinear in both planes: Σ over the corners around a place of the product of closenesses. */
function naive(x: ArrayLike<number>, shape: Six, to: Six): number[] {
  return Array.from({ length: sizeOf(to) }, (_, at) => {
    const index = indexOf(at, to);
    let total = 0;
    for (let from = 0; from < sizeOf(shape); from += 1) {
      const weights = indexOf(from, shape).map((j, axis) => {
        const target = axis < 2 ? (index[axis] ?? NaN) : place(index[axis] ?? NaN, shape[axis] ?? NaN, to[axis] ?? NaN);
        return Math.max(0, 1 - Math.abs(j - target));
      });
      total += weights.reduce((product, weight) => product * weight, x[from] ?? NaN);
    }
    return total;
  });
}

function indexOf(position: number, shape: Shape): number[] {
  const index: number[] = [];
  for (const size of shape.toReversed()) {
    index.unshift(position % size);
    position = Math.floor(position / size);
  }
  return index;
}

const size = fc.integer({ min: 1, max: 4 });

test('both planes are resized bilinearly with aligned corners, at every position of the other', () => {
  fc.assert(
    fc.property(fc.tuple(size, size, size, size), fc.tuple(size, size, size, size), ([a, b, c, d], [e, f, g, h]) => {
      scope(() => {
        const [from, to] = [
          [1, 2, a, b, c, d],
          [1, 2, e, f, g, h],
        ] as const;
        const x = filler('x', from, engine());
        const y = resizePlanes(x, zeros(to, { engine: engine() }));
        expect(y.shape).toEqual(to);
        // Values in [-1, 1), rounded to float32 a few times.
        expect(relativeDistance(readSync(y), naive(readSync(x), from, to))).toBeLessThanOrEqual(1e-6);
      });
    }),
    { numRuns: 40 },
  );
});
