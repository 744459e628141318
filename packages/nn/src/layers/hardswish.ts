import { hardSwish, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { Module } from '../module.ts';

/** x · min(max(x + 3, 0), 6) / 6 (MobileNetV3, Howard et al., ICCV 2019), element by element. */
export class Hardswish extends Module {
  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return hardSwish(x);
  }
}
