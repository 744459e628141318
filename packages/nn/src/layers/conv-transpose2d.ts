import { convTranspose2d, type Pair, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, pair, type ConvTranspose2dCheck, type Fits } from '@hypercorr/tensor/op';
import { conv2dNames, type Conv2dOptions } from './conv2d.ts';
import { Convolution } from './convolution.ts';

export interface ConvTranspose2dOptions<In extends number, Out extends number> extends Omit<
  Conv2dOptions<In, Out>,
  'padding'
> {
  /** Rows and columns to leave out of the result on every side. */
  readonly padding?: Pair;
  /** Additional rows at the bottom and columns on the right; less than the stride. */
  readonly outputPadding?: Pair;
}

/** The names of the options of a transposed convolution. */
export const convTranspose2dNames = { ...conv2dNames, outputPadding: true };

/** @inline */
type Weight<In extends number> = readonly [inputs: In, outputs: number, height: number, width: number];

/** A transposed 2D convolution with weights of its own. */
export class ConvTranspose2d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<In>,
  Out,
  Pair,
  Pair
> {
  readonly outputPadding: Pair;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: ConvTranspose2dOptions<In, Out>) {
    checkOptions('convTranspose2d', options, convTranspose2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('ConvTranspose2d', [inChannels, outChannels / groups, ...pair(kernel)], options);
    this.outputPadding = options.outputPadding ?? 0;
  }

  /**
   * @param x [N, inChannels, H, W]
   * @returns [N, outChannels, H', W'] with H' = (H − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1
   * @throws ShapeError for other channels, an `outputPadding` of a stride or more, or padding that leaves nothing
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<ConvTranspose2dCheck<'convTranspose2d', S, Weight<In>>>,
  ): Tensor<readonly [S[0], Out, number, number], 'float32'> {
    const { weight, bias, stride, padding, outputPadding, dilation, groups } = this;
    const y: Tensor = convTranspose2d(x, weight.value, {
      bias: bias?.value,
      stride,
      padding,
      outputPadding,
      dilation,
      groups,
    });
    // The compiler cannot multiply by `groups`; the constructor has divided by them.
    return y as Tensor<readonly [S[0], Out, number, number], 'float32'>;
  }
}
