import { ShapeError } from '../errors.ts';
import { formatShape, type FormatShape, type Shape } from './shape.ts';

/**
 * The part of one axis to keep, as Python's `start:stop:step`: `[]` keeps everything, `[2]` starts at 2, `[0, -1]`
 * leaves out the last element, `[0, undefined, 2]` takes every second element. Bounds beyond the axis become the end of
 * the axis. The step is 1 or more.
 */
export type SliceRange = readonly [start?: number | undefined, stop?: number | undefined, step?: number | undefined];

/** Sizes of sliced axes are `number`; axes with the range `[]`, and axes after the last range, keep their size. */
export type Slice<S extends Shape, Ranges extends readonly SliceRange[]> = [number] extends [S['length']]
  ? Shape
  : [number] extends [Ranges['length']]
    ? { readonly [K in keyof S]: number }
    : { readonly [K in keyof S]: K extends keyof Ranges ? (Ranges[K] extends readonly [] ? S[K] : number) : S[K] };

/** Verdict: there are no more ranges than axes. */
export type SliceCheck<Op extends string, S extends Shape, Ranges extends readonly SliceRange[]> = [number] extends [
  S['length'] | Ranges['length'],
]
  ? true
  : [S] extends [readonly [...AnySize<Ranges>, ...Shape]]
    ? true
    : `[${Op}] ${Ranges['length']} ranges for the ${S['length']} axes of x ${FormatShape<S>}`;

type AnySize<Ranges extends readonly unknown[]> = { readonly [K in keyof Ranges]: number };

/**
 * Slices a shape: `ranges[i]` says what to keep of axis `i`; axes after the last range are kept.
 *
 * @returns the first index and the step along every axis, and the new shape (sizes may be 0).
 * @throws ShapeError for too many ranges, a bound that is not whole, or a step that is not 1 or more.
 */
export function sliceShape(
  op: string,
  shape: Shape,
  ranges: readonly SliceRange[],
): { starts: number[]; steps: number[]; shape: number[] } {
  if (ranges.length > shape.length) {
    throw new ShapeError(op, `${ranges.length} ranges for the ${shape.length} axes of x ${formatShape(shape)}`);
  }
  const spans = shape.map((size, axis) => {
    const [start = 0, stop = size, step = 1] = ranges[axis] ?? [];
    if (![start, stop, step].every(Number.isInteger) || step < 1) {
      throw new ShapeError(
        op,
        `range [${start},${stop},${step}] of axis ${axis} needs whole bounds and a step of 1 or more; got x ${formatShape(shape)}`,
      );
    }
    const [from, to] = [within(start, size), within(stop, size)];
    return { from, step, size: Math.max(0, Math.ceil((to - from) / step)) };
  });
  return {
    starts: spans.map((span) => span.from),
    steps: spans.map((span) => span.step),
    shape: spans.map((span) => span.size),
  };
}

/** A bound counted from the front, clamped to 0…size. */
function within(bound: number, size: number): number {
  return Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
}
