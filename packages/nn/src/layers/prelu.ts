import { full, prelu, type CreationOptions, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits, type PreluCheck } from '@hypercorr/tensor/op';
import { Parameter } from '../cell.ts';
import { Module } from '../module.ts';

export interface PReLUOptions<C extends number> extends CreationOptions {
  /** 1 slope for all channels, which is the default, or as many as there are channels. */
  readonly numParameters?: C;
  /** The slopes at first; 0.25 by default. */
  readonly init?: number;
}

const names = { numParameters: true, init: true, engine: true };

/** x above 0, weight · x elsewhere, with learned slopes (He et al., ICCV 2015). */
export class PReLU<C extends number = number> extends Module {
  /** [numParameters] */
  readonly weight: Parameter<readonly [C], 'float32'>;

  constructor(options: PReLUOptions<C> = {}) {
    super();
    checkOptions('prelu', options, names);
    const { numParameters = 1 as C, init = 0.25, ...creation } = options;
    this.weight = new Parameter(full([numParameters], init, creation));
  }

  /**
   * @param x [N, C, …]; with one slope any shape
   * @returns the same shape
   * @throws ShapeError unless there are 1 or C slopes
   */
  forward<S extends Shape>(x: Tensor<S, 'float32'> & Fits<PreluCheck<S, readonly [C]>>): Tensor<S, 'float32'> {
    const input: Tensor<Shape, 'float32'> = x;
    const slopes: Tensor<Shape, 'float32'> = this.weight.value;
    return prelu(input, slopes) as Tensor<S, 'float32'>;
  }
}
