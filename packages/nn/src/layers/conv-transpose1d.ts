import { convTranspose1d, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type ConvTranspose1dCheck, type Fits } from '@hypercorr/tensor/op';
import type { Parameter } from '../cell.ts';
import { Module } from '../module.ts';
import { convTranspose2dNames } from './conv-transpose2d.ts';
import { convolutionParameters, type ConvolutionOptions } from './convolution-parameters.ts';

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
export class ConvTranspose1d<In extends number = number, Out extends number = number> extends Module {
  /** [inChannels, outChannels / groups, kernel] */
  readonly weight: Parameter<Weight<In>, 'float32'>;
  /** [outChannels] */
  readonly bias: Parameter<readonly [Out], 'float32'> | undefined;
  readonly stride: number;
  readonly padding: number;
  readonly outputPadding: number;
  readonly dilation: number;
  readonly groups: number;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: ConvTranspose1dOptions<In, Out>) {
    super();
    checkOptions('convTranspose1d', options, convTranspose2dNames);
    const {
      inChannels,
      outChannels,
      kernel,
      stride = 1,
      padding = 0,
      outputPadding = 0,
      dilation = 1,
      groups = 1,
    } = options;
    const shape: Weight<In> = [inChannels, outChannels / groups, kernel];
    const { weight, bias } = convolutionParameters('ConvTranspose1d', shape, options);
    this.weight = weight;
    this.bias = bias;
    this.stride = stride;
    this.padding = padding;
    this.outputPadding = outputPadding;
    this.dilation = dilation;
    this.groups = groups;
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
