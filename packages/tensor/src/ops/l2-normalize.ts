import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { divOp } from './div.ts';
import { runBinary } from './elementwise.ts';
import { normOp } from './norm.ts';

export interface L2NormalizeOptions {
  /** Added to the norm; above 0. 1e-12 when left out, as in PyTorch. */
  readonly eps?: number;
}

const l2NormalizeOptions = { eps: true };

/**
 * x / (‖x‖ + eps) along one axis, which gives vectors of length nearly 1. A vector of zeros stays zero and has the
 * finite gradient 1 / eps. (PyTorch's `normalize` divides by max(‖x‖, eps) instead.) Shape and dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist; DTypeError for int32 and bool
 * @category Normalisation and dropout
 */
export function l2Normalize<S extends Shape, D extends FloatDType, Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'l2Normalize', S, Axis>>,
  options: L2NormalizeOptions = {},
): Tensor<S, D> {
  checkOptions('l2Normalize', options, l2NormalizeOptions);
  const { eps = 1e-12 } = options;
  const place = resolveAxis('l2Normalize', x.shape, axis);
  return scope(() => {
    const length = run(normOp, { x }, { axes: place, keepDims: true, p: 2 });
    return runBinary(divOp, x, runBinary(addOp, length, eps));
  });
}
