import { ShapeError } from '../errors.ts';
import type { Product } from './arithmetic.ts';
import { checkSizes, formatShape, sizeOf, type BadSize, type FormatShape, type Shape } from './shape.ts';

/**
 * `Target` with a `-1` replaced by the size that keeps the number of elements; `number` where that size is not known.
 */
export type Reshape<S extends Shape, Target extends Shape> = -1 extends Target[number]
  ? { readonly [K in keyof Target]: Target[K] extends -1 ? SizeLeft<S, Target> : Target[K] }
  : Target;

// Everything except the -1 cancelled, so there is nothing to divide.
type SizeLeft<S extends Shape, Target extends Shape> = [number] extends [S['length']]
  ? number
  : Cancel<S, Target> extends readonly [infer Rest extends Shape, readonly [-1]]
    ? Product<Rest>
    : number;

/** Verdict: `Target` has at most one `-1`, and as many elements as `S` where both are literal. */
export type ReshapeCheck<Op extends string, S extends Shape, Target extends Shape> = [
  Exclude<BadSize<Target[number]>, -1>,
] extends [never]
  ? Without<Target, -1> extends infer Given extends Shape
    ? Without<Given, -1> extends null
      ? true
      : `[${Op}] shape ${FormatShape<Target>} has more than one -1`
    : [IsCountable<S>, IsCountable<Target>] extends [true, true]
      ? SameCount<Op, S, Target, Cancel<S, Target>>
      : true
  : `[${Op}] shape ${FormatShape<Target>} holds the size ${Exclude<BadSize<Target[number]>, -1>}: sizes are whole numbers from 0`;

/** Literal and not zero: such sizes may be cancelled and multiplied out. */
type IsCountable<S extends Shape> = [number] extends [S['length'] | S[number]]
  ? false
  : [0] extends [S[number]]
    ? false
    : true;

type SameCount<Op extends string, S extends Shape, Target extends Shape, Left> = Left extends readonly [
  infer A extends Shape,
  infer B extends Shape,
]
  ? [Product<A>, Product<B>] extends [Product<B>, Product<A>]
    ? true
    : `[${Op}] x ${FormatShape<S>} has ${Product<S>} elements, shape ${FormatShape<Target>} has ${Product<Target>}`
  : true;

/** Both shapes without the sizes that they share. Most reshapes keep most axes, so there is little left to multiply. */
type Cancel<A extends Shape, B extends Shape, Left extends Shape = readonly []> = A extends readonly [
  infer Size extends number,
  ...infer Rest extends Shape,
]
  ? Without<B, Size> extends infer Fewer extends Shape
    ? Cancel<Rest, Fewer, Left>
    : Cancel<Rest, B, readonly [...Left, Size]>
  : readonly [Left, B];

/** `S` without its first axis of a size; `null` if there is no such axis. */
type Without<S extends Shape, Size extends number, Before extends Shape = readonly []> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? IsSame<First, Size> extends true
    ? readonly [...Before, ...Rest]
    : Without<Rest, Size, readonly [...Before, First]>
  : null;

/** Equal literals only: two open sizes may differ. */
type IsSame<X extends number, Y extends number> = [number] extends [X] ? false : [X, Y] extends [Y, X] ? true : false;

/**
 * The target shape, with a `-1` replaced by the size that keeps the number of elements.
 *
 * @throws ShapeError if the number of elements differs, or no size in place of the `-1` gives the same number.
 */
export function reshapeShape(op: string, shape: Shape, target: Shape): number[] {
  const given = target.filter((size) => size !== -1);
  checkSizes(op, target, given);
  if (target.length - given.length > 1) {
    throw new ShapeError(op, `shape ${formatShape(target)} has more than one -1`);
  }
  const [count, known] = [sizeOf(shape), sizeOf(given)];
  if (given.length < target.length) {
    if (known === 0 || count % known !== 0) {
      throw new ShapeError(
        op,
        `x ${formatShape(shape)} has ${count} elements, which leave no size for the -1 of shape ${formatShape(target)}`,
      );
    }
    return target.map((size) => (size === -1 ? count / known : size));
  }
  if (known !== count) {
    throw new ShapeError(
      op,
      `x ${formatShape(shape)} has ${count} elements, shape ${formatShape(target)} has ${known}`,
    );
  }
  return [...target];
}
