import {
  conv2d,
  type Conv2d as Conv2dShape,
  type Pair,
  type PairPadding,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, pair, type Conv2dCheck, type Fits } from '@hypercorr/tensor/op';
import { Convolution } from './convolution.ts';
import type { ConvolutionOptions } from './convolution-parameters.ts';

export interface Conv2dOptions<In extends number, Out extends number> extends ConvolutionOptions<In, Out> {
  readonly kernel: Pair;
  readonly stride?: Pair;
  /** Zeros: on every side, or `[[top, bottom], [left, right]]`; 'same' keeps the size for a stride of 1. */
  readonly padding?: PairPadding | 'same';
  readonly dilation?: Pair;
}

/** The names of the options of a convolution. */
export const conv2dNames = {
  inChannels: true,
  outChannels: true,
  kernel: true,
  stride: true,
  padding: true,
  dilation: true,
  groups: true,
  bias: true,
  key: true,
  engine: true,
};

/** @inline */
type Weight<In extends number, Out extends number> = readonly [outputs: Out, inputs: In, height: number, width: number];

/** A 2D convolution with weights of its own. */
export class Conv2d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<number, Out>,
  Out,
  Pair,
  PairPadding | 'same'
> {
  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: Conv2dOptions<In, Out>) {
    checkOptions('conv2d', options, conv2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('Conv2d', [outChannels, inChannels / groups, ...pair(kernel)], options);
  }

  /**
   * @param x [N, inChannels, H, W]
   * @returns [N, outChannels, H', W'] with H' = ⌊(H + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for other channels, or a window larger than the padded input
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<Conv2dCheck<'conv2d', S, Weight<In, Out>>>,
  ): Tensor<Conv2dShape<S, Weight<In, Out>>, 'float32'> {
    const { weight, bias, stride, padding, dilation, groups } = this;
    return conv2d(x, weight.value, { bias: bias?.value, stride, padding, dilation, groups });
  }
}
