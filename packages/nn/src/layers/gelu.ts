import { gelu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type GeluAttrs } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface GELUOptions {
  /**
   * `'tanh'` for the approximation of the paper; `'none'` for the exact form with the error function; `'none'` by
   * default.
   */
  readonly approximate?: GeluAttrs['approximate'];
}

const names = { approximate: true };

/** x Φ(x) with the normal distribution Φ (Hendrycks and Gimpel, 2016), element by element. */
export class GELU extends Module {
  readonly approximate: GeluAttrs['approximate'];

  constructor(options: GELUOptions = {}) {
    super();
    checkOptions('gelu', options, names);
    this.approximate = options.approximate ?? 'none';
  }

  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return gelu(x, { approximate: this.approximate });
  }
}
