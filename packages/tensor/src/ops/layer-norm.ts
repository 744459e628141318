import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import { countOfLastAxes, type LastAxesCheck } from '../shape/last-axes.ts';
import { sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { normalizationOp, normalizationOptions } from './normalization.ts';
import { reshape, reshapeOp } from './reshape.ts';

/**
 * The layout of [vectors, elements]: each vector is one image with one group of channels, and each channel has one
 * position. A single element becomes 0.
 */
export const layerNormOp = normalizationOp('layerNorm', 1);

export interface LayerNormOptions<N extends Shape, D extends FloatDType, Weight extends Shape, Bias extends Shape> {
  /** [...normalized]; ones when left out. */
  readonly weight?: (Tensor<Weight, D> & Fits<ExpectCheck<'layerNorm', 'weight', N, Weight>>) | undefined;
  /** [...normalized]; zeros when left out. */
  readonly bias?: (Tensor<Bias, D> & Fits<ExpectCheck<'layerNorm', 'bias', N, Bias>>) | undefined;
  /** Added to the variance; 1e-5 when left out. */
  readonly eps?: number;
}

/**
 * Layer normalisation (Ba, Kiros and Hinton, 2016): (x − μ) / √(σ² + eps) · weight + bias, with the mean and the biased
 * variance over the last axes. Each element of the last axes has its own weight and bias. Shape and dtype as `x`.
 *
 * The derivative with respect to the weight has no derivative of its own. A second derivative through it throws a
 * GradientError.
 *
 * @param x […, …normalized]
 * @param normalized the sizes of the last axes, over which the moments are taken (PyTorch's `normalized_shape`)
 * @throws ShapeError when the last axes of x are not `normalized`, or weight or bias has another shape; DTypeError for
 * int32, bool or unequal dtypes
 * @category Normalisation and dropout
 */
export function layerNorm<
  S extends Shape,
  D extends FloatDType,
  const N extends Shape,
  Weight extends Shape = N,
  Bias extends Shape = N,
>(
  x: Tensor<S, D> & Fits<LastAxesCheck<'layerNorm', 'x', S, N>>,
  normalized: N,
  options: LayerNormOptions<N, D, Weight, Bias> = {},
): Tensor<S, D> {
  checkOptions('layerNorm', options, normalizationOptions);
  const { weight, bias, eps = 1e-5 } = options;
  const vectors = countOfLastAxes('layerNorm', 'x', x.shape, normalized);
  const elements = sizeOf(normalized);
  const flat = (name: string, parameter: Tensor | undefined) => {
    if (parameter === undefined) return undefined;
    expectShape('layerNorm', name, normalized, parameter.shape);
    return reshape(parameter, [elements]);
  };
  return scope(() => {
    const inputs = { x: reshape(x, [vectors, elements]), weight: flat('weight', weight), bias: flat('bias', bias) };
    return run(reshapeOp, { x: run(layerNormOp, inputs, { groups: 1, eps }) }, { shape: x.shape });
  });
}
