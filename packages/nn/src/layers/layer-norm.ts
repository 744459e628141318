import { layerNorm, ones, zeros, type CreationOptions, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits, type LastAxesCheck } from '@hypercorr/tensor/op';
import { Parameter } from '../cell.ts';
import { Module } from '../module.ts';

export interface LayerNormOptions<N extends Shape> extends CreationOptions {
  /** The sizes of the last axes, which share one mean and variance: PyTorch's `normalized_shape`. */
  readonly shape: N;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
}

const names = { shape: true, eps: true, engine: true };

/**
 * Layer normalisation (Ba, Kiros and Hinton, 2016): brings the last axes to mean 0 and variance 1, at each position of
 * the other axes.
 */
export class LayerNorm<const N extends Shape = Shape> extends Module {
  /** [...shape], ones at first */
  readonly weight: Parameter<N, 'float32'>;
  /** [...shape], zeros at first */
  readonly bias: Parameter<N, 'float32'>;
  readonly eps: number;

  constructor(options: LayerNormOptions<N>) {
    super();
    checkOptions('layerNorm', options, names);
    const { shape, eps = 1e-5, ...creation } = options;
    this.weight = new Parameter(ones(shape, creation));
    this.bias = new Parameter(zeros(shape, creation));
    this.eps = eps;
  }

  /**
   * @param x […, ...shape]
   * @returns the same shape
   * @throws ShapeError when x does not end in `shape`
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<LastAxesCheck<'layerNorm', 'x', S, N>>,
  ): Tensor<S, 'float32'> {
    return layerNorm(x, this.weight.value.shape, { weight: this.weight.value, bias: this.bias.value, eps: this.eps });
  }
}
