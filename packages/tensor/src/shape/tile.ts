import { ShapeError } from '../errors.ts';
import type { Multiply } from './arithmetic.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** Every axis as many times as `Repeats` says. */
export type Tile<S extends Shape, Repeats extends Shape> = [number] extends [S['length']]
  ? Shape
  : { readonly [K in keyof S]: K extends keyof Repeats ? Multiply<S[K], Repeats[K] & number> : number };

/** Verdict: there is one number for each axis. */
export type TileCheck<Op extends string, S extends Shape, Repeats extends Shape> =
  Overlap<S['length'], Repeats['length']> extends true
    ? true
    : `[${Op}] ${Repeats['length']} repeats for the ${S['length']} axes of x ${FormatShape<S>}`;

/** @throws ShapeError unless there is a whole number from 0 for each axis */
export function tileShape(op: string, shape: Shape, repeats: Shape): number[] {
  if (repeats.length !== shape.length) {
    throw new ShapeError(op, `${repeats.length} repeats for the ${shape.length} axes of x ${formatShape(shape)}`);
  }
  if (!repeats.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new ShapeError(
      op,
      `repeats ${formatShape(repeats)} are not whole numbers from 0; got x ${formatShape(shape)}`,
    );
  }
  return shape.map((size, axis) => size * sizeAt(repeats, axis));
}
