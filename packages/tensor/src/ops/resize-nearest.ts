import { fromHost } from '../create.ts';
import type { DType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { resize2dShape, type ImageCheck, type Resize2d } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelectOp } from './index-select.ts';

/**
 * Nearest-neighbour resizing, as PyTorch's `interpolate` does it with mode `nearest`: x [N, C, H, W] → [N, C, height,
 * width], where row i comes from row ⌊i · H / height⌋ and columns likewise. `x` may have any dtype: masks and labels
 * keep their values.
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1
 * @category Resizing and sampling
 */
export function resizeNearest<
  S extends Shape,
  D extends DType,
  const To extends readonly [height: number, width: number],
>(x: Tensor<S, D> & Fits<ImageCheck<'resizeNearest', S>>, size: To): Tensor<Resize2d<S, To>, D> {
  resize2dShape('resizeNearest', x.shape, size);
  const image: Tensor = x;
  return scope(() => {
    const tall: Tensor = run(indexSelectOp, { x: image, index: sources(image, 2, size[0]) }, { axis: 2 });
    return run(indexSelectOp, { x: tall, index: sources(tall, 3, size[1]) }, { axis: 3 });
  });
}

/**
 * For each element of the new axis, the index that it is copied from. The index is rounded as PyTorch does, in float32.
 */
function sources(x: Tensor, axis: number, newSize: number): Tensor {
  const size = sizeAt(x.shape, axis);
  const scale = Math.fround(size / newSize);
  const indices = Int32Array.from({ length: newSize }, (_, i) => {
    if (newSize === size) return i;
    if (newSize === 2 * size) return i >> 1;
    return Math.min(Math.floor(Math.fround(i * scale)), size - 1);
  });
  return fromHost(indices, [newSize], 'int32', x.engine);
}
