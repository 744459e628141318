import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { divOp } from './div.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';

// y = ln(1 + x), ∂y/∂x = 1/(1 + x)
export const log1pOp = unaryOp({
  name: 'log1p',
  dtypes: floats,
  reference: Math.log1p,
  gpu: 'log1pf(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => runBinary(divOp, cotangent, runBinary(addOp, x, 1))),
});

/**
 * ln(1 + x), element by element, with full precision near 0 too: -Infinity at -1, NaN below -1. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function log1p<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(log1pOp, x);
}
