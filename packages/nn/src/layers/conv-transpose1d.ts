import { convTranspose1d, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type ConvTranspose1dCheck, type Fits } from '@hypercorr/tensor/op';
import { convTranspose2dNames } from './conv-transpose2d.ts';
import { Convolution } from './convolution.ts';
import type { ConvolutionOptions } from './convolution-parameters.ts';

export interface ConvTranspose1dOptions<In extends number, Out extends number> extends ConvolutionOptions<In, Out> {
  readonly kernel: number;
  readonly stride?: number;
  /** What to leave out of the result on both sides. */
  readonly padding?: number;
  /** What to add to the result behind; less than the stride. */
  readonly outputPadding?: number;
  readonly dilation?: number;
}

/** @inline */
type Weight<In extends number> = readonly [inputs: In, outputs: number, length: number];

/** A transposed 1D convolution with weights of its own. */
export class ConvTranspose1d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<In>,
  Out,
  number,
  number
> {
  readonly outputPadding: number;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: ConvTranspose1dOptions<In, Out>) {
    checkOptions('convTranspose1d', options, convTranspose2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('ConvTranspose1d', [inChannels, outChannels / groups, kernel], options);
    this.outputPadding = options.outputPadding ?? 0;
  }

  /**
   * @param x [N, inChannels, L]
   * @returns [N, outChannels, L'] with L' = (L − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1
   * @throws ShapeError for other channels, an `outputPadding` of a stride or more, or padding that leaves nothing
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<ConvTranspose1dCheck<'convTranspose1d', S, Weight<In>>>,
  ): Tensor<readonly [S[0], Out, number], 'float32'> {
    const { weight, bias, stride, padding, outputPadding, dilation, groups } = this;
    const settings = { bias: bias?.value, stride, padding, outputPadding, dilation, groups };
    const y: Tensor = convTranspose1d(x, weight.value, settings);
    // The compiler cannot multiply by `groups`; the constructor has divided by them.
    return y as Tensor<readonly [S[0], Out, number], 'float32'>;
  }
}
