import type { DType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import {
  pixelShuffleShape,
  pixelUnshuffleShape,
  type PixelShuffle,
  type PixelUnshuffle,
} from '../shape/pixel-shuffle.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { ImageCheck } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { permuteOp } from './permute.ts';
import { reshapeOp } from './reshape.ts';

/**
 * Channels to pixels, as PyTorch's `pixel_shuffle` (Shi et al., CVPR 2016): x [N, C r², H, W] → [N, C, H r, W r], with
 * y[n, c, h r + i, w r + j] = x[n, c r² + i r + j, h, w]. `x` may have any dtype.
 *
 * @param factor r
 * @throws ShapeError for another rank, a factor that is not a whole number from 1, or channels that r² does not divide
 * @category Resizing and sampling
 */
export function pixelShuffle<S extends Shape, D extends DType, const R extends number>(
  x: Tensor<S, D> & Fits<ImageCheck<'pixelShuffle', S>>,
  factor: R,
): Tensor<PixelShuffle<S, R>, D> {
  const [batch, channels, height, width] = pixelShuffleShape('pixelShuffle', x.shape, factor);
  const parts = [batch, channels, factor, factor, height / factor, width / factor];
  return moved(x, parts, [0, 1, 4, 2, 5, 3], [batch, channels, height, width]);
}

/**
 * Pixels to channels, as PyTorch's `pixel_unshuffle`: x [N, C, H r, W r] → [N, C r², H, W]. It undoes `pixelShuffle`.
 * `x` may have any dtype.
 *
 * @param factor r
 * @throws ShapeError for another rank, a factor that is not a whole number from 1, or sides that r does not divide
 * @category Resizing and sampling
 */
export function pixelUnshuffle<S extends Shape, D extends DType, const R extends number>(
  x: Tensor<S, D> & Fits<ImageCheck<'pixelUnshuffle', S>>,
  factor: R,
): Tensor<PixelUnshuffle<S, R>, D> {
  const [batch, channels, height, width] = pixelUnshuffleShape('pixelUnshuffle', x.shape, factor);
  const parts = [batch, channels / factor ** 2, height, factor, width, factor];
  return moved(x, parts, [0, 1, 3, 5, 2, 4], [batch, channels, height, width]);
}

function moved<S extends Shape, D extends DType>(x: Tensor, parts: Shape, order: Shape, shape: Shape): Tensor<S, D> {
  return scope(() => {
    const split = run(reshapeOp, { x }, { shape: parts });
    return run(reshapeOp, { x: run(permuteOp, { x: split }, { order }) }, { shape });
  });
}
