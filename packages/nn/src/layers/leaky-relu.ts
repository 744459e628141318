import { leakyRelu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface LeakyReLUOptions {
  /** The factor of elements below 0; 0.01 by default. */
  readonly slope?: number;
}

const names = { slope: true };

/** x, and slope · x below 0 (Maas et al., ICML 2013), element by element. */
export class LeakyReLU extends Module {
  readonly slope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super();
    checkOptions('leakyRelu', options, names);
    this.slope = options.slope ?? 0.01;
  }

  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return leakyRelu(x, { slope: this.slope });
  }
}
