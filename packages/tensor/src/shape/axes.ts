import { ShapeError } from '../errors.ts';
import { formatShape, type FormatShape, type Shape } from './shape.ts';

/** One axis or several, as reductions take them; `undefined` means all. Negative axes count from the end. */
export type AxesArg = number | readonly number[] | undefined;

/** Rank → axis as written → place from the front. Ranks beyond the table are checked at run time. */
interface AxisTable {
  0: Record<never, never>;
  1: { '0': 0; '-1': 0 };
  2: { '0': 0; '1': 1; '-2': 0; '-1': 1 };
  3: { '0': 0; '1': 1; '2': 2; '-3': 0; '-2': 1; '-1': 2 };
  4: { '0': 0; '1': 1; '2': 2; '3': 3; '-4': 0; '-3': 1; '-2': 2; '-1': 3 };
  5: { '0': 0; '1': 1; '2': 2; '3': 3; '4': 4; '-5': 0; '-4': 1; '-3': 2; '-2': 3; '-1': 4 };
  6: { '0': 0; '1': 1; '2': 2; '3': 3; '4': 4; '5': 5; '-6': 0; '-5': 1; '-4': 2; '-3': 3; '-2': 4; '-1': 5 };
  7: {
    '0': 0;
    '1': 1;
    '2': 2;
    '3': 3;
    '4': 4;
    '5': 5;
    '6': 6;
    '-7': 0;
    '-6': 1;
    '-5': 2;
    '-4': 3;
    '-3': 4;
    '-2': 5;
    '-1': 6;
  };
  8: {
    '0': 0;
    '1': 1;
    '2': 2;
    '3': 3;
    '4': 4;
    '5': 5;
    '6': 6;
    '7': 7;
    '-8': 0;
    '-7': 1;
    '-6': 2;
    '-5': 3;
    '-4': 4;
    '-3': 5;
    '-2': 6;
    '-1': 7;
  };
}

/** The place of a literal axis from the front; `number` if the axis or the rank is open. */
export type Position<S extends Shape, Axis extends number, All extends number = Axis> = Axis extends unknown
  ? // A union of axes (`flag ? 0 : 1`) is no literal: the axis may be either.
    [All] extends [Axis]
    ? S['length'] extends keyof AxisTable
      ? `${Axis}` extends keyof AxisTable[S['length']]
        ? AxisTable[S['length']][`${Axis}`] & number
        : number
      : number
    : number
  : never;

/** Verdict: the axis exists. */
export type AxisCheck<Op extends string, S extends Shape, Axis extends number> = [number] extends [S['length'] | Axis]
  ? true
  : [`${Axis}`] extends [S['length'] extends keyof AxisTable ? keyof AxisTable[S['length']] : string]
    ? true
    : `[${Op}] axis ${Axis} is out of range for x ${FormatShape<S>}`;

/**
 * The place of an axis from the front.
 *
 * @throws ShapeError if the axis is not a whole number from `-rank` to `rank - 1`.
 */
export function resolveAxis(op: string, shape: Shape, axis: number): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(op, `axis ${axis} is out of range for x ${formatShape(shape)}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Verdict: every axis exists, and none is named twice. */
export type AxesCheck<Op extends string, S extends Shape, Axes extends AxesArg> = [Axes] extends [number]
  ? AxisCheck<Op, S, Axes>
  : [Axes] extends [readonly number[]]
    ? [number] extends [S['length']]
      ? true
      : EachAxisCheck<Op, S, Axes, Axes, Places<S>>
    : true;

type EachAxisCheck<
  Op extends string,
  S extends Shape,
  Axes extends Shape,
  Rest extends Shape,
  Left extends number,
> = Rest extends readonly [infer Axis extends number, ...infer Others extends Shape]
  ? AxisCheck<Op, S, Axis> extends infer Refusal extends string
    ? Refusal
    : [number] extends [Position<S, Axis>]
      ? EachAxisCheck<Op, S, Axes, Others, Left>
      : [Position<S, Axis>] extends [Left]
        ? EachAxisCheck<Op, S, Axes, Others, Exclude<Left, Position<S, Axis>>>
        : `[${Op}] axes ${FormatShape<Axes>} name axis ${Axis} of x ${FormatShape<S>} twice`
  : true;

/** All places of a shape's axes, as a union. */
export type Places<S extends Shape> = {
  readonly [K in keyof S]: K extends `${infer At extends number}` ? At : never;
}[number];

/**
 * The places of axes from the front, in ascending order; all places for `undefined`.
 *
 * @throws ShapeError for an axis that does not exist or is named twice.
 */
export function resolveAxes(op: string, shape: Shape, axes: AxesArg): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  if (typeof axes === 'number') return [resolveAxis(op, shape, axes)];
  return resolveEach(op, shape, axes).toSorted((a, b) => a - b);
}

/** The places of axes from the front, in the order given. It throws the errors of `resolveAxes`. */
export function resolveEach(op: string, shape: Shape, axes: Shape): number[] {
  const places: number[] = [];
  for (const axis of axes) {
    const place = resolveAxis(op, shape, axis);
    if (places.includes(place)) {
      throw new ShapeError(op, `axes ${formatShape(axes)} name axis ${axis} of x ${formatShape(shape)} twice`);
    }
    places.push(place);
  }
  return places;
}

/** `S` with the size of one axis replaced; every size becomes `number` if the axis is open. */
export type ReplaceAxis<S extends Shape, At extends number, Size extends number> = number extends At
  ? { readonly [K in keyof S]: number }
  : { readonly [K in keyof S]: K extends `${At}` ? Size : S[K] };

/** `S` without the axes at the places `At`. */
export type DropAxes<S extends Shape, At extends number> = [number] extends [S['length'] | At]
  ? Shape
  : DropFromFront<S, At>;

type DropFromFront<
  S extends Shape,
  At extends number,
  Passed extends readonly 1[] = [],
  Out extends Shape = readonly [],
> = S extends readonly [infer Size extends number, ...infer Rest extends Shape]
  ? DropFromFront<Rest, At, [...Passed, 1], Passed['length'] extends At ? Out : readonly [...Out, Size]>
  : Out;
