import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import type { Channels, ChannelsCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { normalizationOp, normalizationOptions, type NormalizationOptions } from './normalization.ts';

export const groupNormOp = normalizationOp('groupNorm');

/**
 * Group normalisation (Wu and He, 2018): (x − μ) / √(σ² + eps) · weight + bias, with the mean and the biased variance
 * over each group of neighbouring channels of each image. Shape and dtype as `x`.
 *
 * @param x [N,C,…]
 * @param groups the number of groups; it divides C
 * @throws ShapeError when `groups` does not divide C, weight or bias is not [C], or a group holds only one element;
 * DTypeError for int32, bool or unequal dtypes
 * @category Normalisation and dropout
 */
export function groupNorm<
  S extends Shape,
  D extends FloatDType,
  Weight extends Shape = Channels<S>,
  Bias extends Shape = Channels<S>,
>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'groupNorm', 'x', S>>,
  groups: number,
  options: NormalizationOptions<'groupNorm', S, D, Weight, Bias> = {},
): Tensor<S, D> {
  checkOptions('groupNorm', options, normalizationOptions);
  const { weight, bias, eps = 1e-5 } = options;
  return run(groupNormOp, { x, weight, bias }, { groups, eps });
}
