import { fromHost } from '../create.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { padShape, type PadWidth } from '../shape/pad.ts';
import { formatShape, sizeAt, type Shape } from '../shape/shape.ts';
import { retain, type Tensor } from '../tensor.ts';
import { indexSelectOp } from './index-select.ts';

/** What stands around x: one value, x mirrored at its outermost elements, these elements, or x again. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

export const padModes: readonly PadMode[] = ['constant', 'reflect', 'replicate', 'circular'];

type EdgeMode = Exclude<PadMode, 'constant'>;

/** The element of an axis that stands at a place before, on or after the axis. */
const sources: Readonly<Record<EdgeMode, (place: number, size: number) => number>> = {
  reflect: (place, size) => (place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place),
  replicate: (place, size) => Math.min(Math.max(place, 0), size - 1),
  circular: (place, size) => (place + size) % size,
};

/** The most elements that each mode can put on one side of an axis. */
const furthest: Readonly<Record<EdgeMode, (size: number) => number>> = {
  reflect: (size) => size - 1,
  replicate: (size) => (size > 0 ? Infinity : 0),
  circular: (size) => size,
};

/** x with its own elements around it: an index for each axis that grows. */
export function padEdges(x: Tensor, widths: readonly PadWidth[], mode: EdgeMode): Tensor {
  padShape('pad', x.shape, widths);
  for (const [axis, [before, after]] of widths.entries()) checkWidths(x.shape, axis, Math.max(before, after), mode);
  return scope(() => {
    let padded: Tensor<Shape, DType> = retain(x);
    for (const [axis, [before, after]] of widths.entries()) {
      if (before + after === 0) continue;
      const size = sizeAt(x.shape, axis);
      const indices = Int32Array.from({ length: before + size + after }, (_, i) => sources[mode](i - before, size));
      const index = fromHost(indices, [indices.length], 'int32', x.engine);
      padded = run(indexSelectOp, { x: padded, index }, { axis });
    }
    return padded;
  });
}

function checkWidths(shape: Shape, axis: number, width: number, mode: EdgeMode): void {
  const most = furthest[mode](sizeAt(shape, axis));
  if (width <= Math.max(most, 0)) return;
  throw new ShapeError(
    'pad',
    `axis ${axis} of x ${formatShape(shape)} can be padded by ${Math.max(most, 0)} in mode ${mode}, got ${width}`,
  );
}
