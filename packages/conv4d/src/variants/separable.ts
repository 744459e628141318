import { scope, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, run, type Fits } from '@hypercorr/tensor/op';
import { windowNames, checkPlanes, windowOf, type Window4dOptions } from '../geometry.ts';
import { conv4dOp } from '../ops/conv4d.ts';
import type { Conv4d, Correlation, PlaneWeightCheck, SupportWeightCheck } from '../shapes.ts';
import { overQuery, overSupport } from './planes.ts';

export interface Conv4dSeparableOptions<D extends FloatDType> extends Window4dOptions {
  /**
   * Runs between the planes: [b, M, hq', wq', hs, ws] → the same shape. For example a norm and ReLU; nothing by
   * default.
   */
  readonly between?: ((x: Tensor<Correlation, D>) => Tensor<Shape, D>) | undefined;
}

const names = { ...windowNames, between: true };

/**
 * The separable 4D convolution: first a 2D convolution over the query plane, at every support position, then one over
 * the support plane, at every query position.
 *
 *     y[n,o,q,s] = Σ_{m,p'} between(h)[n, m, q, s + p'] k'[o,m,p'],    h[n,m,q,s] = Σ_{c,p} x[n, c, q + p, s] k[m,c,p]
 *
 * Without `between` it is exactly `conv4dFull` with the weight K[o,c,p,p'] = Σₘ k'[o,m,p'] k[m,c,p]. For each pair of
 * taps this kernel has rank M at most; a general full kernel has not.
 *
 * @param x [b, C, hq, wq, hs, ws]
 * @param queryWeight k, [M, C, khq, kwq], odd sizes
 * @param supportWeight k', [O, M, khs, kws], odd sizes
 * @returns [b, O, hq', wq', hs', ws'] with ⌊(size + 2 padding − kernel) / stride⌋ + 1 along each axis
 * @throws ShapeError for other ranks, channels that do not match, even kernels, or a window that is larger than a padded
 * plane; DTypeError for other than floating point
 */
export function conv4dSeparable<S extends Shape, Q extends Shape, W extends Shape, D extends FloatDType>(
  x: Tensor<S, D>,
  queryWeight: Tensor<Q, D> & Fits<PlaneWeightCheck<'conv4dSeparable', S, 'queryWeight', Q>>,
  supportWeight: Tensor<W, D> & Fits<SupportWeightCheck<'conv4dSeparable', Q, W>>,
  options: Conv4dSeparableOptions<D> = {},
): Tensor<Conv4d<S, W[0]>, D> {
  checkOptions('conv4dSeparable', options, names);
  const { between = (h: Tensor<Correlation, D>) => h } = options;
  const { stride, padding } = windowOf(options);
  checkPlanes('conv4dSeparable', x.shape, queryWeight.shape, supportWeight.shape, 'inputs', { stride, padding });
  return scope(() => {
    const query = {
      stride: { ...unmoved.stride, query: stride.query },
      padding: { ...unmoved.padding, query: padding.query },
    };
    const support = {
      stride: { ...unmoved.stride, support: stride.support },
      padding: { ...unmoved.padding, support: padding.support },
    };
    const h: Tensor<Correlation, D> = run(conv4dOp, { x, weight: overQuery(queryWeight) }, query);
    return run(conv4dOp, { x: between(h), weight: overSupport(supportWeight) }, support);
  });
}

const unmoved = windowOf({});
