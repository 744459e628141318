import { ShapeError } from '../errors.ts';
import { formatShape, sameShape, sizeOf, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** The last axes of `S`, as many as `N` has; all axes if `S` has fewer. */
type LastAxes<S extends Shape, N extends Shape, Found extends Shape = readonly []> = N extends readonly [
  number,
  ...infer Others extends Shape,
]
  ? S extends readonly [...infer Before extends Shape, infer Last extends number]
    ? LastAxes<Before, Others, readonly [Last, ...Found]>
    : Found
  : Found;

/** `[…,3,4]` for `[3,4]`. */
type FormatLast<N extends Shape> = FormatShape<N> extends `[${infer Sizes}` ? `[…,${Sizes}` : never;

/** Verdict: the last axes of `S` are `N`, one at least. */
export type LastAxesCheck<Op extends string, Name extends string, S extends Shape, N extends Shape> = [N] extends [
  readonly [number, ...Shape],
]
  ? [number] extends [S['length']]
    ? true
    : Overlap<LastAxes<S, N>, N> extends true
      ? true
      : `[${Op}] ${Name} has shape ${FormatShape<S>}, expected ${FormatLast<N>}`
  : [number] extends [N['length']]
    ? true
    : `[${Op}] the last axes of ${Name} ${FormatShape<S>} are asked for as []: name one at least`;

/**
 * The number of elements of the axes of `shape` in front of `last`.
 *
 * @throws ShapeError unless the last axes of `shape` are `last`, and `last` has one axis or more
 */
export function countOfLastAxes(op: string, name: string, shape: Shape, last: Shape): number {
  const given = formatShape(shape);
  if (last.length === 0)
    throw new ShapeError(op, `the last axes of ${name} ${given} are asked for as []: name one at least`);
  const front = shape.length - last.length;
  if (front < 0 || !sameShape(shape.slice(front), last)) {
    throw new ShapeError(op, `${name} has shape ${given}, expected […,${last.join(',')}]`);
  }
  return sizeOf(shape.slice(0, front));
}
