import { leakyRelu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { Module } from '../module.ts';

export interface LeakyReLUOptions {
  /** What elements below 0 are multiplied by; 0.01 by default. */
  readonly slope?: number;
}

/** x, and slope · x below 0 (Maas et al., ICML 2013), element by element. */
export class LeakyReLU extends Module {
  readonly slope: number;

  constructor({ slope = 0.01 }: LeakyReLUOptions = {}) {
    super();
    this.slope = slope;
  }

  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return leakyRelu(x, this.slope);
  }
}
