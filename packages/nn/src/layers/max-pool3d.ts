import {
  maxPool3d,
  type FloatDType,
  type Pool3d,
  type MaxPool3dOptions as PoolingOptions,
  type Shape,
  type Tensor,
  type Triple,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type VolumeCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface MaxPool3dOptions extends PoolingOptions {
  readonly kernel: Triple;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, dilation: true };

/** The largest element of each window of a volume. */
export class MaxPool3d extends Module {
  readonly kernel: Triple;
  readonly settings: PoolingOptions;

  constructor(options: MaxPool3dOptions) {
    super();
    checkOptions('maxPool3d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, D, H, W]
   * @returns [N, C, D', H', W'] with D' = ⌊(D + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<VolumeCheck<'maxPool3d', S>>,
  ): Tensor<Pool3d<S>, D> {
    return maxPool3d(x, this.kernel, this.settings);
  }
}
