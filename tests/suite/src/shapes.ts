import type { Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';

/** One of some numbers. */
export const oneOf = (...numbers: readonly number[]): fc.Arbitrary<number> => fc.constantFrom(...numbers);

/** Sizes of an axis: 1, odd ones, those around a SIMD vector and a tile, and some that are none of it. */
export const axisSize = oneOf(1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33);

export interface ShapeLimits {
  readonly minRank?: number;
  readonly maxRank?: number;
  /** Elements at most: sizes become 1, from the front, until it fits. */
  readonly maxSize?: number;
  /** Whether an axis may have size 0. */
  readonly empty?: boolean;
}

/** A shape of up to 5 axes and 2000 elements. */
export function shapes({
  minRank = 0,
  maxRank = 5,
  maxSize = 2000,
  empty = false,
}: ShapeLimits = {}): fc.Arbitrary<Shape> {
  const size = empty
    ? fc.oneof({ weight: 30, arbitrary: axisSize }, { weight: 1, arbitrary: fc.constant(0) })
    : axisSize;
  return fc.array(size, { minLength: minRank, maxLength: maxRank, size: 'max' }).map((sizes) => fitted(sizes, maxSize));
}

function fitted(sizes: readonly number[], maxSize: number): Shape {
  const shape = [...sizes];
  for (let axis = 0; axis < shape.length && sizeOf(shape) > maxSize; axis += 1) shape[axis] = 1;
  return shape;
}

/** Shapes that broadcast with each other: parts of one, each with axes missing in front or stretched from size 1. */
export function broadcastable(count: number, limits: ShapeLimits = {}): fc.Arbitrary<readonly Shape[]> {
  const part = fc.record({
    missing: fc.nat({ max: 5 }),
    stretched: fc.array(fc.boolean(), { maxLength: 5, size: 'max' }),
  });
  return fc
    .record({ whole: shapes(limits), parts: fc.array(part, { minLength: count, maxLength: count }) })
    .map(({ whole, parts }) =>
      parts.map(({ missing, stretched }) => whole.map((size, axis) => (stretched[axis] ? 1 : size)).slice(missing)),
    );
}

/** The axes of a shape in a random order. */
export const axisOrder = (rank: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: rank }, (_, axis) => axis),
    { minLength: rank },
  );

/** Some axes of a shape, counted from the front or the end, in any order. */
export const someAxes = (rank: number, minLength = 0): fc.Arbitrary<readonly number[]> =>
  fc
    .tuple(
      fc.shuffledSubarray(
        Array.from({ length: rank }, (_, axis) => axis),
        { minLength },
      ),
      fc.boolean(),
    )
    .map(([axes, fromEnd]) => (fromEnd ? axes.map((axis) => axis - rank) : axes));

/** One axis of a shape, counted from the front or the end. */
export const oneAxis = (rank: number): fc.Arbitrary<number> => fc.integer({ min: -rank, max: rank - 1 });
