import { ShapeError } from '../errors.ts';

/**
 * Sizes of a tensor's axes, outermost first. A size may be a literal (`3`), or `number` where it is known only
 * at run time; a plain `Shape` leaves everything open, even the rank. Labels document axes; rules ignore them.
 *
 * @example type Image = readonly [batch: number, channel: 3, height: number, width: number];
 */
export type Shape = readonly number[];

/**
 * The type that the compiler shows where shapes do not fit. The argument is the text that a `ShapeError` would have at
 * run time.
 */
export interface ShapeFault<Message extends string> {
  readonly [fault]: Message;
}
declare const fault: unique symbol;

/**
 * Turns the verdict of a check into a parameter type: `b: Tensor<B, D> & Fits<BroadcastCheck<'add', A, B>>`.
 *
 * A verdict is `true` or the text of an error. A verdict is also `true` for whatever the types leave open, which only
 * the run-time check sees. So code over generic shapes compiles too. In generic code TypeScript cannot decide this
 * conditional. It then puts a wildcard in the place of every type parameter, and accepts the argument if the verdict is
 * not a string. A wildcard satisfies any `extends`. So a check has to follow two rules: conditions wrap what they
 * compare in tuples (a bare wildcard would make the verdict a wildcard too), and `true` stands in the branch that a
 * wildcard takes.
 */
export type Fits<Verdict> = [Verdict] extends [string] ? ShapeFault<Verdict> : unknown;

/** Whether a value can be both an `X` and a `Y`, that is whether two sizes or shapes may turn out equal. */
export type Overlap<X, Y> = [X] extends [Y] ? true : [Y] extends [X] ? true : [X & Y] extends [never] ? false : true;

/** `[2,3]`, as `formatShape` prints it; `?` for a size that is known only at run time. */
export type FormatShape<S extends Shape> = `[${JoinSizes<S>}]`;

type JoinSizes<S extends Shape, Text extends string = ''> = S extends readonly [
  infer Size extends number,
  ...infer Rest extends Shape,
]
  ? JoinSizes<Rest, Text extends '' ? FormatSize<Size> : `${Text},${FormatSize<Size>}`>
  : Text;

/** `3`, or `?` for `number`. */
export type FormatSize<Size extends number> = number extends Size ? '?' : `${Size}`;

export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** The number of elements of a shape: 1 for a scalar's `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The size of an axis that a check has already shown to exist. */
export function sizeAt(shape: Shape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined) throw new RangeError(`axis ${axis} of ${formatShape(shape)}`);
  return size;
}

/** Verdict: no literal size of `S` is negative or fractional. */
export type SizesCheck<Op extends string, S extends Shape> = [BadSize<S[number]>] extends [never]
  ? true
  : `[${Op}] shape ${FormatShape<S>} holds the size ${BadSize<S[number]>}: sizes are whole numbers from 0`;

/** The members of a union of sizes that no axis can have. */
export type BadSize<Size extends number> = Size extends unknown
  ? `${Size}` extends `-${string}` | `${string}.${string}`
    ? Size
    : never
  : never;

/**
 * Checks the sizes of a shape, or only the given `sizes` of it.
 *
 * @throws ShapeError for a size that is negative, fractional, infinite or not a number. 0 is a size.
 */
export function checkSizes(op: string, shape: Shape, sizes: Shape = shape): void {
  for (const size of sizes) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(op, `shape ${formatShape(shape)} holds the size ${size}: sizes are whole numbers from 0`);
    }
  }
}
