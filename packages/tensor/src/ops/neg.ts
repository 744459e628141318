import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { numbers, runUnary, unaryOp } from './elementwise.ts';

// y = −x, ∂y/∂x = −1
export const negOp = unaryOp({
  name: 'neg',
  dtypes: numbers,
  reference: (x) => -x,
  gpu: '-x',
  gradient: rule([], ({ cotangent }) => runUnary(negOp, cotangent)),
});

/**
 * −x, element by element. Shape and dtype as `x`.
 *
 * @throws DTypeError for bool
 * @category Elementwise
 */
export function neg<S extends Shape, D extends NumericDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(negOp, x);
}
