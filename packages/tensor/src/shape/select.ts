import { ShapeError } from '../errors.ts';
import { resolveAxis, type Position, type ReplaceAxis } from './axes.ts';
import { formatShape, type Shape } from './shape.ts';

/** The shape of `Count` entries picked along an axis. */
export type IndexSelect<S extends Shape, Axis extends number, Count extends number> = [number] extends [S['length']]
  ? Shape
  : ReplaceAxis<S, Position<S, Axis>, Count>;

/**
 * The shape of `count` entries picked along an axis.
 *
 * @returns the axis from the front, and the new shape.
 * @throws ShapeError if the axis does not exist.
 */
export function indexSelectShape(
  op: string,
  shape: Shape,
  axis: number,
  count: number,
): { axis: number; shape: number[] } {
  const place = resolveAxis(op, shape, axis);
  return { axis: place, shape: shape.with(place, count) };
}

/**
 * An index along an axis of `of`, counted from the front.
 *
 * @throws ShapeError for an index that is not a whole number from `-size` to `size - 1`.
 */
export function resolveIndex(op: string, shape: Shape, axis: number, index: number, of = 'x'): number {
  const size = shape[axis] ?? 0;
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new ShapeError(op, `index ${index} is out of range for axis ${axis} of ${of} ${formatShape(shape)}`);
  }
  return index < 0 ? index + size : index;
}
