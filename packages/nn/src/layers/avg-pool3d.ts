import {
  avgPool3d,
  type FloatDType,
  type Pool3d,
  type AvgPool3dOptions as PoolingOptions,
  type Shape,
  type Tensor,
  type Triple,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type VolumeCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface AvgPool3dOptions extends PoolingOptions {
  readonly kernel: Triple;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, countIncludePad: true };

/** The average of each window of a volume. */
export class AvgPool3d extends Module {
  readonly kernel: Triple;
  readonly settings: PoolingOptions;

  constructor(options: AvgPool3dOptions) {
    super();
    checkOptions('avgPool3d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, D, H, W]
   * @returns [N, C, D', H', W'] with D' = ⌊(D + paddings − kernel) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<VolumeCheck<'avgPool3d', S>>,
  ): Tensor<Pool3d<S>, D> {
    return avgPool3d(x, this.kernel, this.settings);
  }
}
