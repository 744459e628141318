import { conv1d, type Conv1d as Conv1dShape, type Shape, type Sides, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type Conv1dCheck, type Fits } from '@hypercorr/tensor/op';
import { conv2dNames } from './conv2d.ts';
import { Convolution } from './convolution.ts';
import type { ConvolutionOptions } from './convolution-parameters.ts';

export interface Conv1dOptions<In extends number, Out extends number> extends ConvolutionOptions<In, Out> {
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros: on both sides, or `[before, after]`; 'same' keeps the length for a stride of 1. */
  readonly padding?: Sides | 'same';
  readonly dilation?: number;
}

/** @inline */
type Weight<In extends number, Out extends number> = readonly [outputs: Out, inputs: In, length: number];

/** A 1D convolution with weights of its own. */
export class Conv1d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<number, Out>,
  Out,
  number,
  Sides | 'same'
> {
  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: Conv1dOptions<In, Out>) {
    checkOptions('conv1d', options, conv2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('Conv1d', [outChannels, inChannels / groups, kernel], options);
  }

  /**
   * @param x [N, inChannels, L]
   * @returns [N, outChannels, L'] with L' = ⌊(L + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for other channels, or a window larger than the padded input
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<Conv1dCheck<'conv1d', S, Weight<In, Out>>>,
  ): Tensor<Conv1dShape<S, Weight<In, Out>>, 'float32'> {
    const { weight, bias, stride, padding, dilation, groups } = this;
    return conv1d(x, weight.value, { bias: bias?.value, stride, padding, dilation, groups });
  }
}
