import {
  avgPool1d,
  type FloatDType,
  type Pool1d,
  type AvgPool1dOptions as PoolingOptions,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type SequenceCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface AvgPool1dOptions extends PoolingOptions {
  readonly kernel: number;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, countIncludePad: true };

/** The average of each window of a sequence. */
export class AvgPool1d extends Module {
  readonly kernel: number;
  readonly settings: PoolingOptions;

  constructor(options: AvgPool1dOptions) {
    super();
    checkOptions('avgPool1d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, L]
   * @returns [N, C, L'] with L' = ⌊(L + paddings − kernel) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<SequenceCheck<'avgPool1d', S>>,
  ): Tensor<Pool1d<S>, D> {
    return avgPool1d(x, this.kernel, this.settings);
  }
}
