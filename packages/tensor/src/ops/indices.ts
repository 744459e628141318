import { ShapeError } from '../errors.ts';
import { resolveIndex } from '../shape/select.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';

// Shared code of operations that take indices. Kernels count negative indices from the end and clamp indices beyond the
// axis. Where they can read the indices, public functions refuse indices beyond the axis first.

/** The position that an index names on an axis of `size`. */
export function indexedPlace(named: number, size: number): number {
  return Math.min(Math.max(named < 0 ? named + size : named, 0), size - 1);
}

/** The position that an index names, as GPU text. */
export function indexedPlaceText(named: string, size: number): string {
  return `Math.max(0, Math.min(${named} < 0 ? ${named} + ${size} : ${named}, ${size - 1}))`;
}

/** @throws ShapeError for indices into an axis without entries */
export function checkPlaces(op: string, size: number, count: number): void {
  if (size === 0 && count > 0) throw new ShapeError(op, `${count} indices into an axis without entries`);
}

/**
 * Refuses indices beyond an axis, except on a GPU, where reading them would mean waiting. `of` is the operation's name
 * for the tensor with the axis.
 */
export function checkIndices(op: string, shape: Shape, axis: number, index: Tensor<Shape, 'int32'>, of = 'x'): void {
  const { backend } = index.engine;
  if (backend.readSync === undefined) return;
  const all = backend.readSync(index.storage(op).handle, index.dtype, index.size);
  if (all.length === 0) return;
  // If the smallest and the largest index are valid, all are. (An indexed loop: there may be millions of indices, and
  // an iterator would take longer than the kernel.)
  let [least, largest] = [0, 0];
  for (let i = 0; i < all.length; i += 1) {
    const named = all[i] ?? 0;
    if (named < least) least = named;
    if (named > largest) largest = named;
  }
  resolveIndex(op, shape, axis, least, of);
  resolveIndex(op, shape, axis, largest, of);
}
