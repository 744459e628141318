import { ShapeError } from '../errors.ts';
import { resolveAxes, type AxesArg, type DropAxes, type Places, type Position } from './axes.ts';
import { formatShape, type Shape } from './shape.ts';

/**
 * The shape after reducing `Axes` (one, several, none for `[]`, or all for `undefined`): the reduced axes are removed,
 * or stay with size 1 if `KeepDims`.
 */
export type Reduce<S extends Shape, Axes extends AxesArg, KeepDims extends boolean> = [number] extends [S['length']]
  ? Shape
  : [KeepDims] extends [true]
    ? KeepReduced<S, ReducedPlaces<S, Axes>>
    : [KeepDims] extends [false]
      ? DropAxes<S, ReducedPlaces<S, Axes>>
      : Shape;

/** The places of the reduced axes as a union; `number` if one of these axes is open. */
type ReducedPlaces<S extends Shape, Axes extends AxesArg> = [Axes] extends [undefined]
  ? Places<S>
  : [Axes] extends [number]
    ? Position<S, Axes>
    : [Axes] extends [infer List extends readonly number[]]
      ? { readonly [K in keyof List]: Position<S, List[K]> }[number]
      : number;

type KeepReduced<S extends Shape, At extends number> = number extends At
  ? { readonly [K in keyof S]: number }
  : { readonly [K in keyof S]: K extends `${At}` ? 1 : S[K] };

/**
 * Reduces axes of a shape.
 *
 * @returns `axes`, from the front and ascending; `kept`, the shape with size 1 for each of these axes; `shape`, the
 * shape of the result.
 * @throws ShapeError for an axis that does not exist or is named twice.
 */
export function reduceShape(
  op: string,
  shape: Shape,
  axes: AxesArg,
  keepDims: boolean,
): { axes: number[]; kept: number[]; shape: number[] } {
  const reduced = resolveAxes(op, shape, axes);
  const kept = shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  return { axes: reduced, kept, shape: keepDims ? kept : shape.filter((_, axis) => !reduced.includes(axis)) };
}

/** @throws ShapeError if `axes` hold no element, because there is no largest or smallest element then. */
export function checkNotEmpty(op: string, shape: Shape, axes: readonly number[]): void {
  const empty = axes.find((axis) => shape[axis] === 0);
  if (empty !== undefined) {
    throw new ShapeError(op, `axis ${empty} of x ${formatShape(shape)} holds no element to choose from`);
  }
}
