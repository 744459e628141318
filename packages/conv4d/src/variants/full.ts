import type { FloatDType, Shape, Tensor } from '@hypercorr/tensor';
import { checkOptions, run, type ExpectCheck, type Fits } from '@hypercorr/tensor/op';
import { windowNames, windowOf, type Window4dOptions } from '../geometry.ts';
import { conv4dOp } from '../ops/conv4d.ts';
import type { Conv4d, Conv4dCheck } from '../shapes.ts';

export interface Conv4dFullOptions<Bias extends Tensor> extends Window4dOptions {
  /** One value for each output channel, [O]. */
  readonly bias?: Bias | undefined;
}

const names = { ...windowNames, bias: true };

/**
 * The full 4D convolution (cross-correlation), which sums over every pair of a query and a support neighbour:
 *
 *     y[n,o,q,s] = bias[o] + Σ_{c,p,p'} x[n, c, q + p, s + p'] weight[o,c,p,p']    (q, s, p, p' 2D positions)
 *
 * The output size of an axis is ⌊(size + 2 padding − kernel) / stride⌋ + 1.
 *
 * @param x [b, C, hq, wq, hs, ws]
 * @param weight [O, C, khq, kwq, khs, kws]
 * @returns [b, O, hq', wq', hs', ws']
 * @throws ShapeError for other ranks, channels that differ, or a window that is larger than a padded plane;
 * DTypeError for other than floating point
 */
export function conv4dFull<S extends Shape, W extends Shape, D extends FloatDType, B extends Shape = Shape>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<Conv4dCheck<'conv4d', S, W>>,
  options: Conv4dFullOptions<Tensor<B, D> & Fits<ExpectCheck<'conv4d', 'bias', readonly [W[0]], B>>> = {},
): Tensor<Conv4d<S, W[0]>, D> {
  checkOptions('conv4dFull', options, names);
  return run(conv4dOp, { x, weight, bias: options.bias }, windowOf(options));
}
