import {
  avgPool2d,
  type FloatDType,
  type Pair,
  type Pool2d,
  type AvgPool2dOptions as PoolingOptions,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type ImageCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface AvgPool2dOptions extends PoolingOptions {
  readonly kernel: Pair;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, countIncludePad: true };

/** The average of each window. */
export class AvgPool2d extends Module {
  readonly kernel: Pair;
  readonly settings: PoolingOptions;

  constructor(options: AvgPool2dOptions) {
    super();
    checkOptions('avgPool2d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, H', W'] with H' = ⌊(H + paddings − kernel) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<ImageCheck<'avgPool2d', S>>,
  ): Tensor<Pool2d<S>, D> {
    return avgPool2d(x, this.kernel, this.settings);
  }
}
