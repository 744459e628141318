import type { FloatDType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { divOp } from './div.ts';
import { runBinary } from './elementwise.ts';
import { normOp } from './norm.ts';

/**
 * x / (‖x‖ + eps) along one axis: vectors of length nearly 1; a vector of zeros stays, with the finite gradient 1 / eps.
 * (PyTorch's `normalize` divides by max(‖x‖, eps) instead.) Shape and dtype as `x`.
 *
 * @param eps added to the norm; above 0
 * @throws ShapeError for an axis that does not exist; DTypeError for int32 and bool
 * @category Normalisation and dropout
 */
export function l2Normalize<S extends Shape, D extends FloatDType, Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'l2Normalize', S, Axis>>,
  eps: number,
): Tensor<S, D> {
  const place = resolveAxis('l2Normalize', x.shape, axis);
  return scope(() => {
    const length = run(normOp, { x }, { axes: place, keepDims: true, p: 2 });
    return runBinary(divOp, x, runBinary(addOp, length, eps));
  });
}
