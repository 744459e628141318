import type { FloatDType } from '../dtype.ts';
import { OptionError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { resize2dShape, type ImageCheck, type Resize2d } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import { resizeByWeights } from './resize-weights.ts';

export interface ResizeBicubicOptions {
  /** Keep the centres of the corners in place, instead of scaling the image as an area (the default, as in PyTorch). */
  readonly alignCorners?: boolean;
  /**
   * Whether a smaller image takes all pixels into account, as Pillow does, instead of the 4 × 4 nearest to each new pixel
   * (the default).
   */
  readonly antialias?: boolean;
}

const resizeBicubicOptions = { alignCorners: true, antialias: true };

/**
 * Bicubic resizing, as PyTorch's `interpolate` does it with mode `bicubic`: x [N, C, H, W] → [N, C, height, width]. The
 * filter is cubic convolution (Keys, 1981) with a = -0.75, or -0.5 with `antialias`.
 *
 * It is two matrix products with the weights of all rows and columns. So a pixel that is not finite spoils its row and
 * column.
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1; DTypeError for int32 and bool;
 * OptionError for `alignCorners` together with `antialias`
 * @category Resizing and sampling
 */
export function resizeBicubic<
  S extends Shape,
  D extends FloatDType,
  const To extends readonly [height: number, width: number],
>(
  x: Tensor<S, D> & Fits<ImageCheck<'resizeBicubic', S>>,
  size: To,
  options: ResizeBicubicOptions = {},
): Tensor<Resize2d<S, To>, D> {
  checkOptions('resizeBicubic', options, resizeBicubicOptions);
  const { alignCorners = false, antialias = false } = options;
  const image: Tensor<Shape, D> = x;
  checkDType('resizeBicubic', image.dtype, floats);
  resize2dShape('resizeBicubic', image.shape, size);
  checkAntialias('resizeBicubic', alignCorners, antialias);
  return resizeByWeights(image, size, {
    filter: antialias ? 'antialiasedBicubic' : 'bicubic',
    alignCorners,
    antialias,
  });
}

/** @throws OptionError for aligned corners and antialiasing at once */
export function checkAntialias(op: string, alignCorners: boolean, antialias: boolean): void {
  if (alignCorners && antialias)
    throw new OptionError(op, 'antialias and alignCorners exclude each other; leave one out');
}
