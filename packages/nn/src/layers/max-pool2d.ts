import {
  maxPool2d,
  type FloatDType,
  type MaxPool2dOptions as PoolingOptions,
  type Pair,
  type Pool2d,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type ImageCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface MaxPool2dOptions extends PoolingOptions {
  readonly kernel: Pair;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, dilation: true };

/** The largest element of each window. */
export class MaxPool2d extends Module {
  readonly kernel: Pair;
  readonly settings: PoolingOptions;

  constructor(options: MaxPool2dOptions) {
    super();
    checkOptions('maxPool2d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, H', W'] with H' = ⌊(H + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<ImageCheck<'maxPool2d', S>>,
  ): Tensor<Pool2d<S>, D> {
    return maxPool2d(x, this.kernel, this.settings);
  }
}
