import type { NumericDType } from '../dtype.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { positionOp } from './arg-max.ts';
import { type ReductionOptions, reductionAttrs } from './reduction.ts';

// y = the position of min x; piecewise constant, so that no gradient flows
export const argMinOp = positionOp('argMin', 'min', (value, best) => value < best);

/**
 * The position of the smallest element along one axis, as int32; of equal ones the first, and the first NaN if there is
 * one. Over several axes, or all, the position in row-major order over just these.
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function argMin<S extends Shape, const Axes extends AxesArg = undefined, const KeepDims extends boolean = false>(
  x: Tensor<S, NumericDType>,
  options: ReductionOptions<'argMin', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, 'int32'> {
  return run(argMinOp, { x }, reductionAttrs('argMin', options));
}
