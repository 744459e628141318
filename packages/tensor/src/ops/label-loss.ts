import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { DropAxes } from '../shape/axes.ts';
import { channelsOf, expectShape, type Channels, type ChannelsCheck, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { castOp } from './cast.ts';
import { notEqual } from './comparisons.ts';
import { divOp } from './div.ts';
import { gatherOp } from './gather.ts';
import { mulOp } from './mul.ts';
import { nllLossOp } from './nll-loss.ts';
import { nllTermsOp } from './nll-terms.ts';
import { reshape, reshapeOp } from './reshape.ts';
import { sumOp } from './sum.ts';
import { where } from './where.ts';

/** How the losses of all labels become a result: as they are, added up, or their mean. */
export type Reduction = 'none' | 'sum' | 'mean';

/** The shape of a loss over [N,C,…]: a loss for each label, [N,…], or a tensor without axes. */
export type Reduced<S extends Shape, R extends Reduction> = R extends 'none' ? DropAxes<S, 1> : readonly [];

export interface LabelLossOptions<Weight extends Tensor = Tensor<Shape, FloatDType>, R extends Reduction = Reduction> {
  /** A factor for the losses of each class, [C]. */
  readonly weight?: Weight | undefined;
  /** The label to ignore; -100 when left out. */
  readonly ignoreIndex?: number;
  /**
   * 'none' gives a loss for each label, 0 for ignored ones. 'sum' adds them up. 'mean', the default, divides the sum by
   * the sum of the weights of the labels that count.
   */
  readonly reduction?: R;
}

/** The names of the options of losses of labels. */
export const labelLossOptions = { weight: true, ignoreIndex: true, reduction: true };

const reductions: readonly unknown[] = ['none', 'sum', 'mean'] satisfies readonly Reduction[];

/**
 * The negative log-likelihood of labels, as in PyTorch: −weight[label] x[n, label, …], reduced over all labels except
 * `ignoreIndex`. The mean is NaN if no label counts. `crossEntropy` takes logits instead.
 *
 * @param x ln of probabilities [N,C,…], the classes on axis 1
 * @param target labels [N,…], from 0 to C − 1 or `ignoreIndex`. Any other label is a ShapeError on the `reference`
 * backend and makes its loss, and what is reduced from it, NaN on the other backends
 * @returns [N,…] for the reduction 'none', otherwise a tensor without axes
 * @throws ShapeError when the shapes do not fit; DTypeError for an x that is not float, a target that is not int32, or a
 * weight of another dtype than x; RangeError for another reduction
 * @category Losses
 */
export function nllLoss<
  S extends Shape,
  D extends FloatDType,
  T extends Shape,
  W extends Shape = Shape,
  const R extends Reduction = 'mean',
>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'nllLoss', 'x', S>>,
  target: Tensor<T, 'int32'> & Fits<ExpectCheck<'nllLoss', 'target', DropAxes<S, 1>, T>>,
  options: LabelLossOptions<Tensor<W, D> & Fits<ExpectCheck<'nllLoss', 'weight', Channels<S>, W>>, R> = {},
): Tensor<Reduced<S, R>, D> {
  checkOptions('nllLoss', options, labelLossOptions);
  checkLabelLoss('nllLoss', x, options);
  return scope(() => labelLoss(x, target, options));
}

/** @throws ShapeError, DTypeError, RangeError for a weight that does not fit `x`, or an unknown reduction */
export function checkLabelLoss(op: string, x: Tensor, { weight, reduction = 'mean' }: LabelLossOptions<Tensor>): void {
  if (!reductions.includes(reduction)) {
    throw new RangeError(`[${op}] reduction is ${String(reduction)}, and has to be none, sum or mean`);
  }
  if (weight === undefined) return;
  expectShape(op, 'weight', [channelsOf(op, 'x', x.shape)], weight.shape);
  if (weight.dtype !== x.dtype) throw new DTypeError(op, `x is ${x.dtype}, the weight ${weight.dtype}; cast one`);
}

/** The loss of `x`, which holds logarithms of probabilities. Options and shapes have been checked. */
export function labelLoss<S extends Shape, D extends FloatDType, R extends Reduction = 'mean'>(
  x: Tensor<S, D>,
  target: Tensor<Shape, 'int32'>,
  options: LabelLossOptions<Tensor<Shape, D>, R>,
): Tensor<Reduced<S, R>, D> {
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  // A kernel of its own computes the most common loss.
  if (weight === undefined && reduction === 'mean') return run(nllLossOp, { x, target }, { ignoreIndex });
  // The terms come first: they refuse wrong labels, or become NaN.
  let losses: Tensor<Reduced<S, R>, D> = run(nllTermsOp, { x, target }, { ignoreIndex });
  const weights = weight && weightsOf(weight, target, ignoreIndex);
  if (weights) losses = run(mulOp, { a: losses, b: weights }, {});
  if (reduction === 'none') return losses;
  const total: Tensor<Reduced<S, R>, D> = run(sumOp, { x: losses }, overAll);
  return reduction === 'sum' || weights === undefined
    ? total
    : run(divOp, { a: total, b: run(sumOp, { x: weights }, overAll) }, {});
}

const overAll = { axes: undefined, keepDims: false };

/** The weight of each label, 0 for those that are ignored. */
function weightsOf<D extends FloatDType>(
  weight: Tensor<Shape, D>,
  target: Tensor<Shape, 'int32'>,
  ignoreIndex: number,
): Tensor<Shape, D> {
  const counts = notEqual(target, ignoreIndex);
  const index = reshape(where(counts, target, 0), [target.size]);
  const weights: Tensor<Shape, D> = run(gatherOp, { x: weight, index }, { axis: 0 });
  const ones: Tensor<Shape, D> = run(castOp, { x: counts }, { dtype: weight.dtype });
  return run(mulOp, { a: run(reshapeOp, { x: weights }, { shape: target.shape }), b: ones }, {});
}
