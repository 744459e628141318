import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { cosOp } from './cos.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';

// y = sin x, ∂y/∂x = cos x
export const sinOp = unaryOp({
  name: 'sin',
  dtypes: floats,
  reference: Math.sin,
  gpu: 'sinf(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => runBinary(mulOp, cotangent, runUnary(cosOp, x))),
});

/**
 * The sine, element by element, x in radians; NaN of infinities. Shape and dtype as `x`. Every float32 is reduced to
 * its own angle, on every backend: the error stays below 2e-7 however large x is.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function sin<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(sinOp, x);
}
