import { ShapeError } from '../errors.ts';
import type { Sum } from './arithmetic.ts';
import { formatShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** Elements to put before and after an axis. */
export type PadWidth = readonly [before: number, after: number];

/** Every axis grown by its widths. */
export type Pad<S extends Shape, Widths extends readonly PadWidth[]> = [number] extends [S['length']]
  ? Shape
  : {
      readonly [K in keyof S]: K extends keyof Widths
        ? Widths[K] extends PadWidth
          ? Sum<readonly [S[K], ...Widths[K]]>
          : number
        : number;
    };

/** Verdict: there is one pair of widths for each axis. */
export type PadCheck<Op extends string, S extends Shape, Widths extends readonly PadWidth[]> =
  Overlap<S['length'], Widths['length']> extends true
    ? true
    : `[${Op}] ${Widths['length']} pairs of widths for the ${S['length']} axes of x ${FormatShape<S>}`;

/**
 * Pads a shape.
 *
 * @throws ShapeError unless there is one pair of widths for each axis, whole and not negative.
 */
export function padShape(op: string, shape: Shape, widths: readonly PadWidth[]): number[] {
  if (widths.length !== shape.length) {
    throw new ShapeError(
      op,
      `${widths.length} pairs of widths for the ${shape.length} axes of x ${formatShape(shape)}`,
    );
  }
  return shape.map((size, axis) => {
    const [before, after] = widths[axis] ?? [0, 0];
    if (![before, after].every((width) => Number.isInteger(width) && width >= 0)) {
      throw new ShapeError(
        op,
        `widths [${before},${after}] of axis ${axis} are not whole numbers from 0; got x ${formatShape(shape)}`,
      );
    }
    return before + size + after;
  });
}
