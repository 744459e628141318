import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { DropAxes } from '../shape/axes.ts';
import type { ChannelsCheck, ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { logSoftmaxOp } from './log-softmax.ts';
import { nllLossOp } from './nll-loss.ts';

export interface CrossEntropyOptions {
  /** The label to ignore; -100 when left out. */
  readonly ignoreIndex?: number;
}

const crossEntropyOptions = { ignoreIndex: true };

/**
 * The mean of −ln softmax(logits)[label] over all labels except `ignoreIndex`. The mean is NaN if every label is
 * ignored, as in PyTorch.
 *
 * @param logits [N,C,…], the classes on axis 1
 * @param target labels [N,…], from 0 to C − 1 or `ignoreIndex`. Any other label is a ShapeError on the `reference`
 * backend and makes the loss NaN on the other backends
 * @returns a tensor without axes
 * @throws ShapeError when the shapes do not fit; DTypeError for logits that are not float or a target that is not int32
 * @category Losses
 */
export function crossEntropy<S extends Shape, D extends FloatDType, T extends Shape>(
  logits: Tensor<S, D> & Fits<ChannelsCheck<'crossEntropy', 'logits', S>>,
  target: Tensor<T, 'int32'> & Fits<ExpectCheck<'crossEntropy', 'target', DropAxes<S, 1>, T>>,
  options: CrossEntropyOptions = {},
): Tensor<readonly [], D> {
  checkOptions('crossEntropy', options, crossEntropyOptions);
  const { ignoreIndex = -100 } = options;
  return scope(() => run(nllLossOp, { x: run(logSoftmaxOp, { x: logits }, { axis: 1 }), target }, { ignoreIndex }));
}
