import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { squareOp } from './square.ts';
import { subOp } from './sub.ts';

// y = tanh x, ∂y/∂x = 1 − y²
export const tanhOp = unaryOp({
  name: 'tanh',
  dtypes: floats,
  reference: Math.tanh,
  gpu: 'tanhf(x)',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) =>
    runBinary(mulOp, cotangent, runBinary(subOp, 1, runUnary(squareOp, output))),
  ),
});

/**
 * The hyperbolic tangent, element by element. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function tanh<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(tanhOp, x);
}
