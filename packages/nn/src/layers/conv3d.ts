import {
  conv3d,
  type Conv3d as Conv3dShape,
  type Shape,
  type Triple,
  type TriplePadding,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, triple, type Conv3dCheck, type Fits } from '@hypercorr/tensor/op';
import { conv2dNames } from './conv2d.ts';
import { Convolution } from './convolution.ts';
import type { ConvolutionOptions } from './convolution-parameters.ts';

export interface Conv3dOptions<In extends number, Out extends number> extends ConvolutionOptions<In, Out> {
  readonly kernel: Triple;
  readonly stride?: Triple;
  /** Zeros: on every side, or `[before, after]` for each axis; 'same' keeps the sizes for a stride of 1. */
  readonly padding?: TriplePadding | 'same';
  readonly dilation?: Triple;
}

/** @inline */
type Weight<In extends number, Out extends number> = readonly [
  outputs: Out,
  inputs: In,
  depth: number,
  height: number,
  width: number,
];

/** A 3D convolution with weights of its own. */
export class Conv3d<In extends number = number, Out extends number = number> extends Convolution<
  Weight<number, Out>,
  Out,
  Triple,
  TriplePadding | 'same'
> {
  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: Conv3dOptions<In, Out>) {
    checkOptions('conv3d', options, conv2dNames);
    const { inChannels, outChannels, kernel, groups = 1 } = options;
    super('Conv3d', [outChannels, inChannels / groups, ...triple(kernel)], options);
  }

  /**
   * @param x [N, inChannels, D, H, W]
   * @returns [N, outChannels, D', H', W'], each size as L' = ⌊(L + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for other channels, or a window larger than the padded input
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<Conv3dCheck<'conv3d', S, Weight<In, Out>>>,
  ): Tensor<Conv3dShape<S, Weight<In, Out>>, 'float32'> {
    const { weight, bias, stride, padding, dilation, groups } = this;
    return conv3d(x, weight.value, { bias: bias?.value, stride, padding, dilation, groups });
  }
}
