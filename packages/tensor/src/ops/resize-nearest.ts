import { fromHost } from '../create.ts';
import type { DType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { resize2dShape, type ImageCheck, type Resize2d } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelectOp } from './index-select.ts';

export interface ResizeNearestOptions {
  /**
   * Whether a new pixel takes the old pixel at its centre, as PyTorch's mode `nearest-exact`, Pillow and scikit-image do,
   * instead of that at its upper left corner (the default, PyTorch's `nearest`).
   */
  readonly exact?: boolean;
}

const resizeNearestOptions = { exact: true };

/**
 * Nearest-neighbour resizing, as PyTorch's `interpolate` does it with mode `nearest`: x [N, C, H, W] → [N, C, height,
 * width], where row i comes from row ⌊i · H / height⌋ and columns likewise. With `exact`, as with mode `nearest-exact`,
 * row i comes from row ⌊(i + ½) · H / height⌋. `x` may have any dtype: masks and labels keep their values.
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1
 * @category Resizing and sampling
 */
export function resizeNearest<
  S extends Shape,
  D extends DType,
  const To extends readonly [height: number, width: number],
>(
  x: Tensor<S, D> & Fits<ImageCheck<'resizeNearest', S>>,
  size: To,
  options: ResizeNearestOptions = {},
): Tensor<Resize2d<S, To>, D> {
  checkOptions('resizeNearest', options, resizeNearestOptions);
  resize2dShape('resizeNearest', x.shape, size);
  const image: Tensor = x;
  const indices = options.exact === true ? centreSources : sources;
  return scope(() => {
    const tall: Tensor = run(indexSelectOp, { x: image, index: indices(image, 2, size[0]) }, { axis: 2 });
    return run(indexSelectOp, { x: tall, index: indices(tall, 3, size[1]) }, { axis: 3 });
  });
}

/** For each element of the new axis, the index of the old element at its centre; in float32, as PyTorch. */
function centreSources(x: Tensor, axis: number, newSize: number): Tensor {
  const size = sizeAt(x.shape, axis);
  const scale = Math.fround(size / newSize);
  const indices = Int32Array.from({ length: newSize }, (_, i) =>
    Math.min(Math.floor(Math.fround((i + 0.5) * scale)), size - 1),
  );
  return fromHost(indices, [newSize], 'int32', x.engine);
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
