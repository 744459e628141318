import type { NumericDType } from '../dtype.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { positionOp, runPosition, type PositionOptions } from './arg-max.ts';

// y = the position of min x; piecewise constant, so that no gradient flows
export const argMinOp = positionOp('argMin', 'min', (value, best) => value < best);

/**
 * The position of the smallest element along one axis, as int32. The first of equal elements wins. If there is a NaN,
 * the result is the position of the first NaN. With `selectLast` it is the last of each. Over several axes, or all, the
 * position counts in row-major order over these axes only.
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function argMin<S extends Shape, const Axes extends AxesArg = undefined, const KeepDims extends boolean = false>(
  x: Tensor<S, NumericDType>,
  options: PositionOptions<'argMin', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, 'int32'> {
  return runPosition(argMinOp, x, options);
}
