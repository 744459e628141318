import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { numbers, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';

// y = x², ∂y/∂x = 2x
export const squareOp = unaryOp({
  name: 'square',
  dtypes: numbers,
  reference: (x) => x * x,
  wrapping: (x) => Math.imul(x, x),
  gpu: 'x * x',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => runBinary(mulOp, cotangent, runBinary(mulOp, x, 2))),
});

/**
 * x², element by element. Shape and dtype as `x`.
 *
 * @throws DTypeError for bool
 * @category Elementwise
 */
export function square<S extends Shape, D extends NumericDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(squareOp, x);
}
