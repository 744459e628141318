import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { divOp } from './div.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';

// y = ln x, ∂y/∂x = 1/x
export const logOp = unaryOp({
  name: 'log',
  dtypes: floats,
  reference: Math.log,
  gpu: 'logf(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => runBinary(divOp, cotangent, x)),
});

/**
 * The natural logarithm, element by element: -Infinity at 0, NaN below 0. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function log<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(logOp, x);
}
