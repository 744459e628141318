import {
  maxPool1d,
  type FloatDType,
  type Pool1d,
  type MaxPool1dOptions as PoolingOptions,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, type Fits, type SequenceCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface MaxPool1dOptions extends PoolingOptions {
  readonly kernel: number;
}

const names = { kernel: true, stride: true, padding: true, ceilMode: true, dilation: true };

/** The largest element of each window of a sequence. */
export class MaxPool1d extends Module {
  readonly kernel: number;
  readonly settings: PoolingOptions;

  constructor(options: MaxPool1dOptions) {
    super();
    checkOptions('maxPool1d', options, names);
    const { kernel, ...settings } = options;
    this.kernel = kernel;
    this.settings = settings;
  }

  /**
   * @param x [N, C, L]
   * @returns [N, C, L'] with L' = ⌊(L + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<SequenceCheck<'maxPool1d', S>>,
  ): Tensor<Pool1d<S>, D> {
    return maxPool1d(x, this.kernel, this.settings);
  }
}
