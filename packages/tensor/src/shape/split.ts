import { ShapeError } from '../errors.ts';
import type { Sum } from './arithmetic.ts';
import { resolveAxis, type AxisCheck, type Position, type ReplaceAxis } from './axes.ts';
import { checkSizes, formatShape, type FormatShape, type Overlap, type Shape, type SizesCheck } from './shape.ts';

/** The sizes of the parts along an axis, or the number of parts of one size. */
export type SplitParts = number | Shape;

/** The shapes of the parts of `S`: a tuple where the number of parts is a literal. */
export type Split<S extends Shape, P extends SplitParts, Axis extends number> = [P] extends [Shape]
  ? PartsOf<S, P, Axis>
  : [number] extends [P]
    ? readonly PartOf<S, number, Axis>[]
    : [P] extends [number]
      ? Repeat<PartOf<S, number, Axis>, P>
      : readonly PartOf<S, number, Axis>[];

type PartsOf<S extends Shape, Sizes extends Shape, Axis extends number> = {
  readonly [K in keyof Sizes]: PartOf<S, Sizes[K], Axis>;
};

type PartOf<S extends Shape, Size extends number, Axis extends number> = [number] extends [S['length']]
  ? Shape
  : ReplaceAxis<S, Position<S, Axis>, Size>;

/** A tuple of `Count` equal shapes; a list of open length where `Count` is too large to count in types. */
type Repeat<T, Count extends number, List extends readonly T[] = readonly []> = List['length'] extends Count
  ? List
  : List['length'] extends 99
    ? readonly T[]
    : Repeat<T, Count, readonly [...List, T]>;

/**
 * Verdict: the axis exists, and the sizes of the parts add up to the size of the axis. Whether a number of parts
 * divides the axis is checked at run time.
 */
export type SplitCheck<Op extends string, S extends Shape, P extends SplitParts, Axis extends number> =
  AxisCheck<Op, S, Axis> extends infer Refusal extends string
    ? Refusal
    : [P] extends [Shape]
      ? [number] extends [S['length'] | P['length'] | Position<S, Axis>]
        ? true
        : SizesCheck<Op, P> extends infer Refusal extends string
          ? Refusal
          : Overlap<Sum<P>, S[Position<S, Axis>]> extends true
            ? true
            : `[${Op}] the sizes ${FormatShape<P>} add up to ${Sum<P>}, not to axis ${Axis} of x ${FormatShape<S>}`
      : true;

/**
 * Cuts a shape along an axis.
 *
 * @returns the axis from the front, and the sizes of the parts.
 * @throws ShapeError if the axis does not exist, the sizes do not add up to the size of the axis, or the number of
 * parts does not divide the axis.
 */
export function splitSizes(
  op: string,
  shape: Shape,
  parts: SplitParts,
  axis: number,
): { axis: number; sizes: readonly number[] } {
  const place = resolveAxis(op, shape, axis);
  const whole = shape[place] ?? 0;
  if (typeof parts === 'number') {
    if (!Number.isInteger(parts) || parts < 1 || whole % parts !== 0) {
      throw new ShapeError(
        op,
        `${parts} equal parts cannot be made of axis ${axis} of x ${formatShape(shape)}; give their sizes`,
      );
    }
    return { axis: place, sizes: Array.from({ length: parts }, () => whole / parts) };
  }
  checkSizes(op, parts);
  const sum = parts.reduce((total, size) => total + size, 0);
  if (sum !== whole) {
    throw new ShapeError(
      op,
      `the sizes ${formatShape(parts)} add up to ${sum}, not to axis ${axis} of x ${formatShape(shape)}`,
    );
  }
  return { axis: place, sizes: parts };
}
