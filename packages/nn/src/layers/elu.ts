import { elu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { Module } from '../module.ts';

export interface ELUOptions {
  /** The limit far below 0 is -alpha; 1 by default. */
  readonly alpha?: number;
}

const names = { alpha: true };

/** x above 0, alpha · (eˣ - 1) elsewhere (Clevert et al., ICLR 2016), element by element. */
export class ELU extends Module {
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super();
    checkOptions('elu', options, names);
    this.alpha = options.alpha ?? 1;
  }

  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return elu(x, { alpha: this.alpha });
  }
}
