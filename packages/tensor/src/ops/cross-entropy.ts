import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { DropAxes } from '../shape/axes.ts';
import type { Channels, ChannelsCheck, ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import {
  checkLabelLoss,
  labelLoss,
  labelLossOptions,
  type LabelLossOptions,
  type Reduced,
  type Reduction,
} from './label-loss.ts';
import { logSoftmaxOp } from './log-softmax.ts';

/**
 * The cross entropy of logits and labels, as in PyTorch: −weight[label] ln softmax(logits)[label], reduced over all
 * labels except `ignoreIndex`. The mean, the default, is NaN if no label counts.
 *
 * @param logits [N,C,…], the classes on axis 1
 * @param target labels [N,…], from 0 to C − 1 or `ignoreIndex`. Any other label is a ShapeError on the `reference`
 * backend and makes its loss, and what is reduced from it, NaN on the other backends
 * @returns [N,…] for the reduction 'none', otherwise a tensor without axes
 * @throws ShapeError when the shapes do not fit; DTypeError for logits that are not float, a target that is not int32,
 * or a weight of another dtype than the logits; RangeError for another reduction
 * @category Losses
 */
export function crossEntropy<
  S extends Shape,
  D extends FloatDType,
  T extends Shape,
  W extends Shape = Shape,
  const R extends Reduction = 'mean',
>(
  logits: Tensor<S, D> & Fits<ChannelsCheck<'crossEntropy', 'logits', S>>,
  target: Tensor<T, 'int32'> & Fits<ExpectCheck<'crossEntropy', 'target', DropAxes<S, 1>, T>>,
  options: LabelLossOptions<Tensor<W, D> & Fits<ExpectCheck<'crossEntropy', 'weight', Channels<S>, W>>, R> = {},
): Tensor<Reduced<S, R>, D> {
  checkOptions('crossEntropy', options, labelLossOptions);
  checkLabelLoss('crossEntropy', logits, options);
  return scope(() => {
    const x: Tensor<S, D> = run(logSoftmaxOp, { x: logits }, { axis: 1 });
    return labelLoss(x, target, options);
  });
}
