import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Multiply } from '../shape/arithmetic.ts';
import { convTranspose2dShape, type ConvTranspose2d, type ConvTranspose2dCheck } from '../shape/conv.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { pair, type Pair } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { conv2dOptions, type Conv2dOptions } from './conv2d.ts';
import { conv2dInputGradientOp } from './conv2d-input-gradient.ts';
import { checkDType, floats, runBinary } from './elementwise.ts';
import { reshape } from './reshape.ts';

export interface ConvTranspose2dOptions<Bias extends Tensor, Groups extends number> extends Omit<
  Conv2dOptions<Bias, Groups>,
  'padding'
> {
  /** Rows and columns to leave out of the result on every side: the padding of the convolution that is transposed. */
  readonly padding?: Pair;
  /**
   * Rows and columns to add to the result at the bottom and on the right; less than the stride. A strided convolution
   * gives the same output size for several input sizes. This option selects one of these input sizes.
   */
  readonly outputPadding?: Pair;
}

const convTranspose2dOptions = { ...conv2dOptions, outputPadding: true };

/**
 * Transposed 2D convolution, as in PyTorch. It is the adjoint of `conv2d` with the same weight, that is the gradient of
 * `conv2d` with respect to its input.
 *
 * x [N, C, H, W], weight [C, O / groups, kh, kw] → [N, O, H', W'] with
 * H' = (H − 1) stride − 2 padding + dilation (kh − 1) + outputPadding + 1.
 *
 * @throws ShapeError for other ranks, an image without pixels, channels that do not match, groups that do not divide
 * them, an `outputPadding` of a stride or more, or padding that leaves nothing; DTypeError for dtypes that are not
 * floating point or not equal
 * @category Convolutions and pooling
 */
export function convTranspose2d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<ConvTranspose2dCheck<'convTranspose2d', S, W>>,
  options: ConvTranspose2dOptions<
    Tensor<B, D> & Fits<ExpectCheck<'convTranspose2d', 'bias', readonly [Multiply<W[1], Groups>], B>>,
    Groups
  > = {},
): Tensor<ConvTranspose2d<S, W, Groups>, D> {
  checkOptions('convTranspose2d', options, convTranspose2dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, outputPadding = 0, groups = 1 } = options;
  const window = { stride: pair(stride), padding: pair(padding), dilation: pair(dilation) };
  const transposed = { ...window, outputPadding: pair(outputPadding) };
  const [, outputs = 0, height = 0, width = 0] = convTranspose2dShape(
    'convTranspose2d',
    x.shape,
    weight.shape,
    transposed,
    groups,
  );
  if (bias !== undefined) expectShape('convTranspose2d', 'bias', [outputs], bias.shape);
  checkDTypes(x, weight, bias);

  return scope(() => {
    const attrs = { ...window, groups, size: [height, width] } as const;
    const y: Tensor<ConvTranspose2d<S, W, Groups>, D> = run(conv2dInputGradientOp, { cotangent: x, weight }, attrs);
    return bias === undefined ? y : runBinary(addOp, y, reshape(bias, [outputs, 1, 1]));
  });
}

/** @throws DTypeError unless all are of one floating-point dtype */
function checkDTypes(x: Tensor, ...others: readonly (Tensor | undefined)[]): void {
  checkDType('convTranspose2d', x.dtype, floats);
  const different = others.find((other) => other !== undefined && other.dtype !== x.dtype);
  if (different !== undefined) {
    throw new DTypeError(
      'convTranspose2d',
      `x is ${x.dtype}, another input ${different.dtype}; cast one to the other's dtype`,
    );
  }
}
