import { adaptiveAvgPool2d, type FloatDType, type Resize2d, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits, type ImageCheck } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

/** @inline */
type Size = readonly [height: number, width: number];

export interface AdaptiveAvgPool2dOptions<To extends Size> {
  /** Height and width of the result. */
  readonly size: To;
}

const names = { size: true };

/** The mean over each of a given number of bins. Bins overlap if their number does not divide the image's size. */
export class AdaptiveAvgPool2d<const To extends Size = Size> extends Module {
  readonly size: To;

  constructor(options: AdaptiveAvgPool2dOptions<To>) {
    super();
    checkOptions('adaptiveAvgPool2d', options, names);
    // The caller may change the list later.
    this.size = [...options.size] as Size as To;
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, height, width]
   * @throws ShapeError for another rank, an image without pixels, or sizes below 1
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<ImageCheck<'adaptiveAvgPool2d', S>>,
  ): Tensor<Resize2d<S, To>, D> {
    return adaptiveAvgPool2d(x, this.size);
  }
}
