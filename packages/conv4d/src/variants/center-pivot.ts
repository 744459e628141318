import { add, scope, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, run, type ExpectCheck, type Fits } from '@hypercorr/tensor/op';
import {
  windowNames,
  checkPlanes,
  halfOf,
  kernelOf,
  windowOf,
  type PerPlane,
  type Two,
  type Window4d,
  type Window4dOptions,
} from '../geometry.ts';
import { conv4dOp } from '../ops/conv4d.ts';
import type { Conv4d, PivotWeightCheck, PlaneWeightCheck } from '../shapes.ts';
import { overQuery, overSupport } from './planes.ts';

export interface Conv4dCenterPivotOptions<
  QueryBias extends Tensor,
  SupportBias extends Tensor,
> extends Window4dOptions {
  /** One value for each output channel, [O]. */
  readonly queryBias?: QueryBias | undefined;
  /** One value for each output channel, [O]. Both biases are added. */
  readonly supportBias?: SupportBias | undefined;
}

const names = { ...windowNames, queryBias: true, supportBias: true };

/**
 * The center-pivot 4D convolution (Min, Kang, Cho: *Hypercorrelation Squeeze for Few-Shot Segmentation*, ICCV 2021,
 * equation 5). Of all pairs of a query and a support neighbour it sums over those where one of the two is the center:
 *
 *     y[n,o,q,s] = Σ_{c,p} x[n, c, q + p, s] k[o,c,p] + Σ_{c,p'} x[n, c, q, s + p'] k'[o,c,p'] + biases
 *
 * It is exactly `conv4dFull`, for every stride and padding, with a weight that is zero unless p or p' is the center.
 * There the weight is k and k' (and k + k' where both are the center). The operation is linear, not a factorisation of
 * a full kernel.
 *
 * @param x [b, C, hq, wq, hs, ws]
 * @param queryWeight k, [O, C, khq, kwq], odd sizes
 * @param supportWeight k', [O, C, khs, kws], odd sizes
 * @returns [b, O, hq', wq', hs', ws'] with ⌊(size + 2 padding − kernel) / stride⌋ + 1 along each axis
 * @throws ShapeError for other ranks, channels that differ, even kernels, or a window that is larger than a padded
 * plane; DTypeError for other than floating point
 */
export function conv4dCenterPivot<
  S extends Shape,
  Q extends Shape,
  W extends Shape,
  D extends FloatDType,
  QB extends Shape = Shape,
  SB extends Shape = Shape,
>(
  x: Tensor<S, D>,
  queryWeight: Tensor<Q, D> & Fits<PlaneWeightCheck<'conv4dCenterPivot', S, 'queryWeight', Q>>,
  supportWeight: Tensor<W, D> & Fits<PivotWeightCheck<'conv4dCenterPivot', S, Q, W>>,
  options: Conv4dCenterPivotOptions<
    Tensor<QB, D> & Fits<ExpectCheck<'conv4dCenterPivot', 'queryBias', readonly [Q[0]], QB>>,
    Tensor<SB, D> & Fits<ExpectCheck<'conv4dCenterPivot', 'supportBias', readonly [Q[0]], SB>>
  > = {},
): Tensor<Conv4d<S, Q[0]>, D> {
  checkOptions('conv4dCenterPivot', options, names);
  const window = windowOf(options);
  checkPlanes('conv4dCenterPivot', x.shape, queryWeight.shape, supportWeight.shape, 'outputs', window);
  const { query, support } = pivots(window, kernelOf(queryWeight.shape, supportWeight.shape));
  return scope(() =>
    add(
      run(conv4dOp, { x, weight: overQuery(queryWeight), bias: options.queryBias }, query),
      run(conv4dOp, { x, weight: overSupport(supportWeight), bias: options.supportBias }, support),
    ),
  );
}

/** Each kernel stays at the other plane's center tap, and sees there the same elements as a larger kernel's center. */
function pivots(window: Window4d, kernel: PerPlane<Two>): PerPlane<Window4d> {
  const { stride, padding } = window;
  const half = halfOf(kernel);
  const less = ([height, width]: Two, [rows, columns]: Two): Two => [height - rows, width - columns];
  return {
    query: { stride, padding: { query: padding.query, support: less(padding.support, half.support) } },
    support: { stride, padding: { query: less(padding.query, half.query), support: padding.support } },
  };
}
