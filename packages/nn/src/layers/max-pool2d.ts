import { maxPool2d, type FloatDType, type Pair, type Pool2d, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits, type ImageCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface MaxPool2dOptions {
  readonly kernel: Pair;
  /** The kernel's size by default, so that windows do not overlap. */
  readonly stride?: Pair;
  /** Padding on every side, at most half of the kernel. Padding is never the maximum. */
  readonly padding?: Pair;
}

const names = { kernel: true, stride: true, padding: true };

/** The largest element of each window. */
export class MaxPool2d extends Module {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;

  constructor(options: MaxPool2dOptions) {
    super();
    checkOptions('maxPool2d', options, names);
    const { kernel, stride = kernel, padding = 0 } = options;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, H', W'] with H' = ⌊(H + 2 padding − kernel) / stride⌋ + 1
   * @throws ShapeError for another rank, or a window larger than the padded input
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<ImageCheck<'maxPool2d', S>>,
  ): Tensor<Pool2d<S>, D> {
    return maxPool2d(x, this.kernel, { stride: this.stride, padding: this.padding });
  }
}
