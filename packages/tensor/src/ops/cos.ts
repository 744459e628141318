import type { FloatDType } from '../dtype.ts';
import { rule, type Op } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { negOp } from './neg.ts';
import { sinOp } from './sin.ts';

// y = cos x, ∂y/∂x = −sin x
export const cosOp: Op<'x', object> = unaryOp({
  name: 'cos',
  dtypes: floats,
  reference: Math.cos,
  gpu: 'cosf(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) =>
    runUnary(negOp, runBinary(mulOp, cotangent, runUnary(sinOp, x))),
  ),
});

/**
 * The cosine, element by element, x in radians; NaN of infinities. Shape and dtype as `x`. Every float32 is reduced to
 * its own angle, on every backend: the error stays below 2e-7 however large x is.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function cos<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(cosOp, x);
}
