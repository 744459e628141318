import { ShapeError } from '../errors.ts';
import type { Sum } from './arithmetic.ts';
import { resolveAxis, type AxisCheck, type Position, type ReplaceAxis } from './axes.ts';
import { formatShape, sameShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** The shape of tensors joined end to end along an axis: the first shape, with the sizes along the axis added up. */
export type Concat<Shapes extends readonly Shape[], Axis extends number> = [number] extends [
  Shapes['length'] | Shapes[number]['length'],
]
  ? Shape
  : ReplaceAxis<Shapes[0], Position<Shapes[0], Axis>, Sum<SizesAt<Shapes, Position<Shapes[0], Axis>>>>;

type SizesAt<Shapes extends readonly Shape[], At extends number> = {
  readonly [K in keyof Shapes]: Shapes[K][At];
};

/** Verdict: the axis exists, and the shapes agree on all others. */
export type ConcatCheck<Op extends string, Shapes extends readonly Shape[], Axis extends number> = [number] extends [
  Shapes['length'] | Shapes[number]['length'],
]
  ? true
  : AxisCheck<Op, Shapes[0], Axis> extends infer Refusal extends string
    ? Refusal
    : EachAgrees<Op, Shapes[0], Shapes, Axis, ReplaceAxis<Shapes[0], Position<Shapes[0], Axis>, number>>;

type EachAgrees<
  Op extends string,
  First extends Shape,
  Rest extends readonly Shape[],
  Axis extends number,
  Wanted extends Shape,
> = Rest extends readonly [infer Next extends Shape, ...infer Others extends readonly Shape[]]
  ? Overlap<Wanted, Next> extends true
    ? EachAgrees<Op, First, Others, Axis, Wanted>
    : `[${Op}] shapes ${FormatShape<First>} and ${FormatShape<Next>} differ outside axis ${Axis}`
  : true;

/**
 * Joins shapes end to end along an axis.
 *
 * @returns the axis from the front, and the shape of the whole.
 * @throws ShapeError for an empty list, an axis that does not exist, or shapes that differ on another axis.
 */
export function concatShape(op: string, shapes: readonly Shape[], axis: number): { axis: number; shape: number[] } {
  const first = firstOf(op, shapes);
  const place = resolveAxis(op, first, axis);
  const withSize = (shape: Shape, size: number) => shape.map((old, i) => (i === place ? size : old));
  let total = 0;
  for (const shape of shapes) {
    if (!sameShape(withSize(shape, 0), withSize(first, 0))) {
      throw new ShapeError(op, `shapes ${formatShape(first)} and ${formatShape(shape)} differ outside axis ${axis}`);
    }
    total += shape[place] ?? 0;
  }
  return { axis: place, shape: withSize(first, total) };
}

/** The shape of tensors of one shape, joined along a new axis. The axis is counted among the axes of the result. */
export type Stack<Shapes extends readonly Shape[], Axis extends number> = [number] extends [
  Shapes[number]['length'] | Position<readonly [1, ...Shapes[0]], Axis>,
]
  ? Shape
  : InsertAxis<Shapes[0], Position<readonly [1, ...Shapes[0]], Axis>, Shapes['length']>;

/** `S` with an axis of `Size` inserted at the place `At`. */
export type InsertAxis<
  S extends Shape,
  At extends number,
  Size extends number,
  Before extends Shape = readonly [],
> = Before['length'] extends At
  ? readonly [...Before, Size, ...S]
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? InsertAxis<Rest, At, Size, readonly [...Before, First]>
    : Shape;

/** Verdict: the shapes are equal, and the axis exists in the result. */
export type StackCheck<Op extends string, Shapes extends readonly Shape[], Axis extends number> = [number] extends [
  Shapes['length'] | Shapes[number]['length'],
]
  ? true
  : EachEquals<Op, Shapes[0], Shapes> extends infer Refusal extends string
    ? Refusal
    : StackAxisCheck<Op, Shapes[0], Axis>;

type StackAxisCheck<Op extends string, S extends Shape, Axis extends number> =
  AxisCheck<Op, readonly [1, ...S], Axis> extends true
    ? true
    : `[${Op}] axis ${Axis} is out of range for a stack of ${FormatShape<S>}`;

type EachEquals<Op extends string, First extends Shape, Rest extends readonly Shape[]> = Rest extends readonly [
  infer Next extends Shape,
  ...infer Others extends readonly Shape[],
]
  ? Overlap<First, Next> extends true
    ? EachEquals<Op, First, Others>
    : `[${Op}] shapes ${FormatShape<First>} and ${FormatShape<Next>} differ`
  : true;

/**
 * Joins equal shapes along a new axis.
 *
 * @returns the new axis from the front, and the shape of the whole.
 * @throws ShapeError for an empty list, shapes that differ, or an axis that does not exist in the result.
 */
export function stackShape(op: string, shapes: readonly Shape[], axis: number): { axis: number; shape: number[] } {
  const first = firstOf(op, shapes);
  const other = shapes.find((shape) => !sameShape(shape, first));
  if (other !== undefined) {
    throw new ShapeError(op, `shapes ${formatShape(first)} and ${formatShape(other)} differ`);
  }
  const rank = first.length + 1;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(op, `axis ${axis} is out of range for a stack of ${formatShape(first)}`);
  }
  const place = axis < 0 ? axis + rank : axis;
  return { axis: place, shape: first.toSpliced(place, 0, shapes.length) };
}

function firstOf(op: string, shapes: readonly Shape[]): Shape {
  const [first] = shapes;
  if (first === undefined) throw new ShapeError(op, 'the list of tensors is empty');
  return first;
}
