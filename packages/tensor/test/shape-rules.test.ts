/** The shape rules against simple models: enumeration, and lists of indices. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShapeError } from '../src/errors.ts';
import { resolveAxes, resolveAxis } from '../src/shape/axes.ts';
import { broadcastShape, broadcastShapes, broadcastToShape } from '../src/shape/broadcast.ts';
import { matMulShape } from '../src/shape/matmul.ts';
import { permuteShape, transposeOrder } from '../src/shape/permute.ts';
import { checkNotEmpty, reduceShape } from '../src/shape/reduce.ts';
import { reshapeShape } from '../src/shape/reshape.ts';
import { checkSizes, sizeOf, type Shape } from '../src/shape/shape.ts';
import { attempt, indices, shape, shapeWithAxis, size } from './support/shapes.ts';

/** By enumeration: the one smallest shape that both reach by repeating axes of size 1. */
function broadcastByEnumeration(a: Shape, b: Shape): number[] | null {
  const rank = Math.max(a.length, b.length);
  const [x, y] = [a, b].map((s) => [...Array.from({ length: rank - s.length }, () => 1), ...s]);
  const joined = indices(rank).map((axis) => {
    const candidates = [...new Set([x?.[axis], y?.[axis]])].toSorted();
    return candidates.length === 1 ? candidates[0] : candidates.includes(1) ? candidates.find((c) => c !== 1) : null;
  });
  return joined.every((found) => typeof found === 'number') ? joined : null;
}

const axesOf = (s: Shape) => fc.oneof(fc.constant(undefined), fc.subarray(indices(s.length)));

describe('sizes', () => {
  test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])('%d is none', (bad) => {
    expect(() => checkSizes('op', [2, bad])).toThrow(
      new ShapeError('op', `shape [2,${bad}] holds the size ${bad}: sizes are whole numbers from 0`),
    );
  });

  test('0 is one', () => {
    checkSizes('op', [0, 3]);
    expect(sizeOf([0, 3])).toBe(0);
    expect(sizeOf([])).toBe(1);
  });
});

describe('broadcasting', () => {
  test('agrees with enumeration', () => {
    const small = fc.array(fc.constantFrom(0, 1, 1, 2, 3), { maxLength: 4 });
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(attempt(() => broadcastShape('op', a, b))).toEqual(broadcastByEnumeration(a, b));
      }),
    );
  });

  test('is commutative and associative, and [] changes nothing', () => {
    const small = fc.array(fc.constantFrom(1, 1, 2), { maxLength: 3 });
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        const whole = attempt(() => broadcastShapes('op', [a, b, c]));
        expect(attempt(() => broadcastShapes('op', [c, b, a]))).toEqual(whole);
        expect(attempt(() => broadcastShape('op', a, broadcastShape('op', b, c)))).toEqual(whole);
        expect(broadcastShape('op', a, [])).toEqual(a);
      }),
    );
  });

  test('broadcastTo accepts what the target absorbs', () => {
    const small = fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 3 });
    fc.assert(
      fc.property(small, small, (s, target) => {
        const absorbed = JSON.stringify(broadcastByEnumeration(s, target)) === JSON.stringify(target);
        expect(attempt(() => broadcastToShape('op', s, target))).toEqual(absorbed ? target : null);
      }),
    );
  });

  test('names the axis', () => {
    expect(() => broadcastShape('add', [2, 3], [4])).toThrow(
      new ShapeError('add', 'shapes [2,3] and [4] do not broadcast: axis -1 is 3 against 4'),
    );
    expect(() => broadcastToShape('broadcastTo', [2, 3], [3])).toThrow('x [2,3] does not broadcast to [3]');
  });
});

describe('axes', () => {
  test('count as Array.at does', () => {
    fc.assert(
      fc.property(shapeWithAxis, ([s, axis]) => {
        expect(resolveAxis('op', s, axis)).toBe(indices(s.length).at(axis));
      }),
    );
  });

  test.each([2, -3, 0.5, Number.NaN])('%d is no axis of two', (axis) => {
    expect(() => resolveAxis('op', [4, 5], axis)).toThrow(`[op] axis ${axis} is out of range for x [4,5]`);
  });

  test('cannot be named twice', () => {
    expect(() => resolveAxes('sum', [2, 3], [1, -1])).toThrow('[sum] axes [1,-1] name axis -1 of x [2,3] twice');
  });
});

describe('reductions', () => {
  test('leave the other axes, and size 1 in place of the reduced ones', () => {
    fc.assert(
      fc.property(
        shape.chain((s) => fc.tuple(fc.constant(s), axesOf(s), fc.boolean())),
        ([s, axes, fromEnd]) => {
          const asked = axes?.map((axis) => (fromEnd ? axis - s.length : axis));
          const reduced = new Set(axes ?? indices(s.length));
          const kept = s.flatMap((length, axis) => (reduced.has(axis) ? [] : [length]));
          const result = reduceShape('op', s, asked, false);
          expect(result.shape).toEqual(kept);
          expect(result.axes).toEqual([...reduced]);
          expect(reduceShape('op', s, asked, true).shape).toEqual(result.kept);
          expect(sizeOf(result.kept)).toBe(sizeOf(kept));
          expect(result.kept).toHaveLength(s.length);
        },
      ),
    );
  });

  test('of nothing have no largest element', () => {
    checkNotEmpty('max', [2, 0], [0]);
    expect(() => checkNotEmpty('max', [2, 0], [0, 1])).toThrow(
      '[max] axis 1 of x [2,0] holds no element to choose from',
    );
  });
});

describe('reshape', () => {
  test('keeps the number of elements', () => {
    fc.assert(
      fc.property(shape, shape, (s, target) => {
        expect(attempt(() => reshapeShape('op', s, target))).toEqual(sizeOf(s) === sizeOf(target) ? target : null);
      }),
    );
  });

  test('finds the one size for a -1, if there is exactly one', () => {
    const target = fc.tuple(fc.array(size, { maxLength: 2 }), fc.array(size, { maxLength: 2 }));
    fc.assert(
      fc.property(shape, target, (s, [front, back]) => {
        const fitting = indices(700).filter((length) => sizeOf([...front, length, ...back]) === sizeOf(s));
        const expected = fitting.length === 1 ? [...front, ...fitting, ...back] : null;
        expect(attempt(() => reshapeShape('op', s, [...front, -1, ...back]))).toEqual(expected);
      }),
    );
  });

  test('says what is wrong', () => {
    expect(() => reshapeShape('reshape', [2, 3], [4, 2])).toThrow('x [2,3] has 6 elements, shape [4,2] has 8');
    expect(() => reshapeShape('reshape', [2, 3], [-1, -1])).toThrow('shape [-1,-1] has more than one -1');
    expect(() => reshapeShape('reshape', [2, 3], [-1, 4])).toThrow('which leave no size for the -1 of shape [-1,4]');
    expect(() => reshapeShape('reshape', [2, 3], [-1, -3])).toThrow('shape [-1,-3] holds the size -3');
  });
});

describe('permute', () => {
  const permutation = shape.chain((s) =>
    fc.tuple(fc.constant(s), fc.shuffledSubarray(indices(s.length), { minLength: s.length }), fc.boolean()),
  );

  test('is undone by the inverse order, whichever end axes are counted from', () => {
    fc.assert(
      fc.property(permutation, ([s, order, fromEnd]) => {
        const result = permuteShape('op', s, fromEnd ? order.map((axis) => axis - s.length) : order);
        expect(result.order).toEqual(order);
        const inverse = indices(s.length).map((axis) => order.indexOf(axis));
        expect(permuteShape('op', result.shape, inverse).shape).toEqual(s);
      }),
    );
  });

  test('refuses what is no permutation', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.nat(3), { maxLength: 4 }), (s, order) => {
        const isPermutation = order.length === s.length && indices(s.length).every((axis) => order.includes(axis));
        expect(attempt(() => permuteShape('op', s, order)) !== null).toBe(isPermutation);
      }),
    );
  });

  test('transpose exchanges two axes', () => {
    fc.assert(
      fc.property(shapeWithAxis, fc.nat(3), ([s, a], b) => {
        const other = b % s.length;
        const swapped = [...s];
        [swapped[resolveAxis('op', s, a)], swapped[other]] = [s.at(other) ?? 0, s.at(a) ?? 0];
        expect(permuteShape('op', s, transposeOrder('op', s, a, other)).shape).toEqual(swapped);
      }),
    );
  });
});

describe('matmul', () => {
  test('a stored transpose changes nothing but the storage', () => {
    const matrix = fc.tuple(fc.array(fc.constantFrom(1, 1, 2), { maxLength: 2 }), size, size);
    fc.assert(
      fc.property(matrix, matrix, fc.boolean(), (a, [bBatch, rows, n], matching) => {
        const [aBatch, m, k] = a;
        const inner = matching ? k : rows;
        const product = attempt(() => matMulShape('op', [...aBatch, m, k], [...bBatch, inner, n]));
        const batch = attempt(() => broadcastShape('op', aBatch, bBatch));
        expect(product).toEqual(batch === null || k !== inner ? null : { batch, m, k, n, shape: [...batch, m, n] });
        expect(attempt(() => matMulShape('op', [...aBatch, k, m], [...bBatch, n, inner], true, true))).toEqual(product);
      }),
    );
  });

  test('says which operand is transposed', () => {
    expect(() => matMulShape('matmul', [2, 3], [2, 3], false, true)).not.toThrow();
    expect(() => matMulShape('matmul', [2, 3], [4, 5], true)).toThrow(
      '[matmul] the inner sizes are 2 and 4; got a [2,3] transposed, b [4,5]',
    );
    expect(() => matMulShape('matmul', [3], [3, 5])).toThrow(
      '[matmul] operands need 2 axes or more; got a [3], b [3,5]',
    );
  });
});
