import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';

// y = eˣ, ∂y/∂x = y
export const expOp = unaryOp({
  name: 'exp',
  dtypes: floats,
  reference: Math.exp,
  gpu: 'expf(x)',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) => runBinary(mulOp, cotangent, output)),
});

/**
 * eˣ, element by element: 0 far below zero, Infinity beyond the largest float. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function exp<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(expOp, x);
}
