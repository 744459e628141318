import { silu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { Module } from '../module.ts';

/** x · sigmoid(x), also called swish (Ramachandran et al., 2017), element by element. */
export class SiLU extends Module {
  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return silu(x);
  }
}
