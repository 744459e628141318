import type { Shape } from '@hypercorr/tensor';
import type { Parameter } from '../cell.ts';
import { Module } from '../module.ts';
import { convolutionParameters, type ConvolutionOptions } from './convolution-parameters.ts';

/**
 * How the window of a convolution moves.
 *
 * @typeParam Size of strides and dilations: one number, or one for each axis
 * @typeParam Padding as the convolution takes it
 */
export interface ConvolutionWindow<Size, Padding> {
  readonly stride?: Size;
  readonly padding?: Padding;
  readonly dilation?: Size;
}

/** What convolutions over any number of axes have: weights of their own, and how the window moves. */
export abstract class Convolution<W extends Shape, Out extends number, Size, Padding> extends Module {
  /** [outChannels, inChannels / groups, …kernel]; of a transposed convolution [inChannels, outChannels / groups, …kernel] */
  readonly weight: Parameter<W, 'float32'>;
  /** [outChannels] */
  readonly bias: Parameter<readonly [Out], 'float32'> | undefined;
  readonly stride: Size | 1;
  readonly padding: Padding | 0;
  readonly dilation: Size | 1;
  readonly groups: number;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(layer: string, shape: W, options: ConvolutionOptions<number, Out> & ConvolutionWindow<Size, Padding>) {
    super();
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    const { weight, bias } = convolutionParameters(layer, shape, options);
    this.weight = weight;
    this.bias = bias;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.groups = groups;
  }
}
