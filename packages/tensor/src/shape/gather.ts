import { ShapeError } from '../errors.ts';
import type { AtMost } from './arithmetic.ts';
import { resolveAxis, type AxisCheck, type Position } from './axes.ts';
import { formatShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/**
 * Verdict: the axis exists, the index has as many axes as the shape that it points into, and the index is not longer
 * along any other axis. Along the other axes, an index and its element have the same position.
 */
export type GatherCheck<Op extends string, S extends Shape, I extends Shape, Axis extends number> = [number] extends [
  S['length'] | I['length'],
]
  ? true
  : AxisCheck<Op, S, Axis> extends infer Refusal extends string
    ? Refusal
    : Overlap<S['length'], I['length']> extends true
      ? [Beyond<S, I, Position<S, Axis>>] extends [never]
        ? true
        : `[${Op}] index ${FormatShape<I>} is longer than ${FormatShape<S>} outside axis ${Axis}`
      : `[${Op}] index ${FormatShape<I>} has ${I['length']} axes, ${FormatShape<S>} has ${S['length']}`;

/** The axes other than the given one along which `I` is longer than `S`; none where the given axis is open. */
type Beyond<S extends Shape, I extends Shape, At extends number> = number extends At
  ? never
  : {
      readonly [K in keyof I]: K extends `${At}`
        ? never
        : K extends keyof S
          ? [AtMost<I[K], S[K] & number>] extends [false]
            ? K
            : never
          : never;
    }[number];

/**
 * Checks an index against the shape that the index points into along an axis.
 *
 * @returns the axis from the front.
 * @throws ShapeError if the axis does not exist, the ranks differ, or the index is longer along another axis.
 */
export function gatherAxis(op: string, shape: Shape, index: Shape, axis: number): number {
  const place = resolveAxis(op, shape, axis);
  if (index.length !== shape.length) {
    throw new ShapeError(
      op,
      `index ${formatShape(index)} has ${index.length} axes, ${formatShape(shape)} has ${shape.length}`,
    );
  }
  if (index.some((size, at) => at !== place && size > (shape[at] ?? 0))) {
    throw new ShapeError(op, `index ${formatShape(index)} is longer than ${formatShape(shape)} outside axis ${axis}`);
  }
  return place;
}
