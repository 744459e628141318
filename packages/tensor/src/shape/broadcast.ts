import { ShapeError } from '../errors.ts';
import { formatShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/**
 * The shape of an elementwise result. Axes are aligned at the end; a missing axis counts as size 1; two sizes fit
 * if they are equal or one of them is 1.
 */
export type Broadcast<A extends Shape, B extends Shape> = [number] extends [A['length'] | B['length']]
  ? Shape
  : BroadcastFromEnd<A, B>;

type BroadcastFromEnd<A extends Shape, B extends Shape, Out extends Shape = readonly []> = A extends readonly [
  ...infer Front extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer BFront extends Shape, infer Y extends number]
    ? BroadcastFromEnd<Front, BFront, readonly [BroadcastSize<X, Y>, ...Out]>
    : readonly [...A, ...Out]
  : readonly [...B, ...Out];

// `number` may turn out to be 1, so a literal on the other side decides, unless that literal is 1.
type BroadcastSize<X extends number, Y extends number> = [Y] extends [1]
  ? X
  : [1] extends [X]
    ? [1] extends [Y]
      ? X | Y
      : Y
    : X;

/** Verdict: `A` and `B` broadcast with each other. */
export type BroadcastCheck<Op extends string, A extends Shape, B extends Shape> =
  BroadcastConflict<A, B> extends infer Conflict extends string
    ? `[${Op}] shapes ${FormatShape<A>} and ${FormatShape<B>} do not broadcast: ${Conflict}`
    : true;

/** The text `axis -1 is 3 against 4` for the last axis where two shapes do not fit, else `true`. */
export type BroadcastConflict<A extends Shape, B extends Shape> = [number] extends [A['length'] | B['length']]
  ? true
  : ConflictFromEnd<A, B>;

type ConflictFromEnd<A extends Shape, B extends Shape, Axis extends readonly 1[] = [1]> = [A, B] extends [
  readonly [...infer AFront extends Shape, infer X extends number],
  readonly [...infer BFront extends Shape, infer Y extends number],
]
  ? [1] extends [X | Y]
    ? ConflictFromEnd<AFront, BFront, [...Axis, 1]>
    : Overlap<X, Y> extends true
      ? ConflictFromEnd<AFront, BFront, [...Axis, 1]>
      : `axis -${Axis['length']} is ${X} against ${Y}`
  : true;

/**
 * Broadcasts two shapes.
 *
 * @throws ShapeError where two sizes differ and neither is 1.
 */
export function broadcastShape(op: string, a: Shape, b: Shape): number[] {
  const conflict = broadcastConflict(a, b);
  if (conflict !== undefined) {
    throw new ShapeError(op, `shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ${conflict}`);
  }
  return joinShapes(a, b);
}

/** Broadcasts several shapes, from the first to the last. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): number[] {
  return shapes.reduce<number[]>((joined, shape) => broadcastShape(op, joined, shape), []);
}

/** The text `axis -1 is 3 against 4` for the last axis where two shapes do not fit. */
export function broadcastConflict(a: Shape, b: Shape): string | undefined {
  for (let axis = -1; axis >= -Math.min(a.length, b.length); axis--) {
    const [x, y] = [a.at(axis), b.at(axis)];
    if (x !== y && x !== 1 && y !== 1) return `axis ${axis} is ${x} against ${y}`;
  }
  return undefined;
}

function joinShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x = 1, y = 1] = [a[axis - rank + a.length], b[axis - rank + b.length]];
    return x === 1 ? y : x;
  });
}

/** Verdict: `S` broadcasts to exactly `Target`: each axis has the target's size, or size 1, or is missing in front. */
export type BroadcastToCheck<Op extends string, S extends Shape, Target extends Shape> =
  BroadcastConflict<S, Target> extends true
    ? Overlap<Broadcast<S, Target>, Target> extends true
      ? true
      : `[${Op}] x ${FormatShape<S>} does not broadcast to ${FormatShape<Target>}`
    : `[${Op}] x ${FormatShape<S>} does not broadcast to ${FormatShape<Target>}`;

/**
 * Checks that `shape` broadcasts to exactly `target`.
 *
 * @throws ShapeError where it has more axes, or an axis that is neither 1 nor the target's size.
 */
export function broadcastToShape(op: string, shape: Shape, target: Shape): number[] {
  const fits =
    shape.length <= target.length &&
    shape.every((size, axis) => size === 1 || size === target[axis - shape.length + target.length]);
  if (!fits) {
    throw new ShapeError(op, `x ${formatShape(shape)} does not broadcast to ${formatShape(target)}`);
  }
  return [...target];
}
