import { relu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { Module } from '../module.ts';

/** max(x, 0), element by element. */
export class ReLU extends Module {
  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return relu(x);
  }
}
