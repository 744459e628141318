import { ShapeError } from '../errors.ts';
import { resolveIndex } from '../shape/select.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';

// What operations that take indices share. Kernels count negative indices from the end and draw in those beyond the
// axis; public functions refuse those first, where they can look.

/** The place that an index names on an axis of `size`. */
export function indexedPlace(named: number, size: number): number {
  return Math.min(Math.max(named < 0 ? named + size : named, 0), size - 1);
}

/** The same as GPU text. */
export function indexedPlaceText(named: string, size: number): string {
  return `Math.max(0, Math.min(${named} < 0 ? ${named} + ${size} : ${named}, ${size - 1}))`;
}

/** @throws ShapeError where there is nothing to draw an index in to */
export function checkPlaces(op: string, size: number, count: number): void {
  if (size === 0 && count > 0) throw new ShapeError(op, `${count} indices into an axis without entries`);
}

/**
 * Refuses indices beyond an axis where they can be looked at without waiting: not on a GPU. `of` is what the operation
 * calls the tensor that has the axis.
 */
export function checkIndices(op: string, shape: Shape, axis: number, index: Tensor<Shape, 'int32'>, of = 'x'): void {
  const { backend } = index.engine;
  if (backend.readSync === undefined) return;
  const all = backend.readSync(index.storage(op).handle, index.dtype, index.size);
  if (all.length === 0) return;
  // If the least and the largest are places, all are. (An indexed loop: there may be millions, and an iterator takes longer
  // than the kernel.)
  let [least, largest] = [0, 0];
  for (let i = 0; i < all.length; i += 1) {
    const named = all[i] ?? 0;
    if (named < least) least = named;
    if (named > largest) largest = named;
  }
  resolveIndex(op, shape, axis, least, of);
  resolveIndex(op, shape, axis, largest, of);
}
