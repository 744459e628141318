import { convTranspose3d, type Shape, type Tensor, type Triple } from '@hypercorr/tensor';
import { checkOptions, triple, type ConvTranspose3dCheck, type Fits } from '@hypercorr/tensor/op';
import { convTranspose2dNames } from './conv-transpose2d.ts';
import { Convolution } from './convolution.ts';
import type { ConvolutionOptions } from './convolution-parameters.ts';

export interface ConvTranspose3dOptions<In extends number, Out extends number> extends ConvolutionOptions<In, Out> {
  readonly kernel: Triple;
  readonly stride?: Triple;
  /** What to leave out of the result on every side. */
  readonly padding?: Triple;
  /** What to add to the result behind each axis; less than the stride. */
  readonly outputPadding?: Triple;
  readonly dilation?: Triple;
}

/** @inline */
type Weight<In extends number> = readonly [inputs: In, outputs: number, depth: number, height: number, width: number];

/** A transposed 3D convolution with weights of its own. */
export class ConvTranspose3d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<In>,
  Out,
  Triple,
  Triple
> {
  readonly outputPadding: Triple;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: ConvTranspose3dOptions<In, Out>) {
    checkOptions('convTranspose3d', options, convTranspose2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('ConvTranspose3d', [inChannels, outChannels / groups, ...triple(kernel)], options);
    this.outputPadding = options.outputPadding ?? 0;
  }

  /**
   * @param x [N, inChannels, D, H, W]
   * @returns [N, outChannels, D', H', W'], each size as L' = (L − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1
   * @throws ShapeError for other channels, an `outputPadding` of a stride or more, or padding that leaves nothing
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<ConvTranspose3dCheck<'convTranspose3d', S, Weight<In>>>,
  ): Tensor<readonly [S[0], Out, number, number, number], 'float32'> {
    const { weight, bias, stride, padding, outputPadding, dilation, groups } = this;
    const settings = { bias: bias?.value, stride, padding, outputPadding, dilation, groups };
    const y: Tensor = convTranspose3d(x, weight.value, settings);
    // The compiler cannot multiply by `groups`; the constructor has divided by them.
    return y as Tensor<readonly [S[0], Out, number, number, number], 'float32'>;
  }
}
