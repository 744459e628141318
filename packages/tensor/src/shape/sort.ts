import { ShapeError } from '../errors.ts';
import type { AtMost } from './arithmetic.ts';
import { resolveAxis, type AxisCheck, type Position } from './axes.ts';
import { formatShape, type FormatShape, type Shape } from './shape.ts';

/** Verdict: the axis exists and holds `K` elements or more. */
export type TopKCheck<Op extends string, S extends Shape, K extends number, Axis extends number> =
  AxisCheck<Op, S, Axis> extends infer Refusal extends string
    ? Refusal
    : [number] extends [S['length'] | K | Position<S, Axis>]
      ? true
      : `${K}` extends `-${string}` | `${string}.${string}`
        ? TopKRefusal<Op, S, K, Axis>
        : [AtMost<K, S[Position<S, Axis>]>] extends [false]
          ? TopKRefusal<Op, S, K, Axis>
          : true;

type TopKRefusal<
  Op extends string,
  S extends Shape,
  K extends number,
  Axis extends number,
> = `[${Op}] k is ${K}, and has to be a whole number from 0 to the size of axis ${Axis} of x ${FormatShape<S>}`;

/**
 * The shape of the first `k` elements of every line along an axis.
 *
 * @returns the axis from the front, and the new shape.
 * @throws ShapeError if the axis does not exist or holds fewer than `k` elements, or `k` is not a whole number from 0.
 */
export function topKShape(op: string, shape: Shape, k: number, axis: number): { axis: number; shape: number[] } {
  const place = resolveAxis(op, shape, axis);
  if (!Number.isInteger(k) || k < 0 || k > (shape[place] ?? 0)) {
    throw new ShapeError(
      op,
      `k is ${k}, and has to be a whole number from 0 to the size of axis ${axis} of x ${formatShape(shape)}`,
    );
  }
  return { axis: place, shape: shape.with(place, k) };
}
