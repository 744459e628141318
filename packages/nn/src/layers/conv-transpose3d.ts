import { convTranspose3d, type Shape, type Tensor, type Triple } from '@hypercorr/tensor';
import { checkOptions, triple, type ConvTranspose3dCheck, type Fits } from '@hypercorr/tensor/op';
import type { Parameter } from '../cell.ts';
import { Module } from '../module.ts';
import { convTranspose2dNames } from './conv-transpose2d.ts';
import { convolutionParameters, type ConvolutionOptions } from './convolution-parameters.ts';

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
export class ConvTranspose3d<In extends number = number, Out extends number = number> extends Module {
  /** [inChannels, outChannels / groups, kernel depth, height, width] */
  readonly weight: Parameter<Weight<In>, 'float32'>;
  /** [outChannels] */
  readonly bias: Parameter<readonly [Out], 'float32'> | undefined;
  readonly stride: Triple;
  readonly padding: Triple;
  readonly outputPadding: Triple;
  readonly dilation: Triple;
  readonly groups: number;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: ConvTranspose3dOptions<In, Out>) {
    super();
    checkOptions('convTranspose3d', options, convTranspose2dNames);
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
    const shape: Weight<In> = [inChannels, outChannels / groups, ...triple(kernel)];
    const { weight, bias } = convolutionParameters('ConvTranspose3d', shape, options);
    this.weight = weight;
    this.bias = bias;
    this.stride = stride;
    this.padding = padding;
    this.outputPadding = outputPadding;
    this.dilation = dilation;
    this.groups = groups;
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
