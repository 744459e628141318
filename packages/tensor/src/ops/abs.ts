import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { greaterOp, lessOp } from './comparisons.ts';
import { numbers, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { negOp } from './neg.ts';
import { runWhere } from './where.ts';

// y = |x|, ∂y/∂x = sign x
export const absOp = unaryOp({
  name: 'abs',
  dtypes: numbers,
  reference: Math.abs,
  gpu: 'Math.abs(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => {
    const below = runWhere(runBinary(lessOp, x, 0), runUnary(negOp, cotangent), 0);
    return runWhere(runBinary(greaterOp, x, 0), cotangent, below);
  }),
});

/**
 * |x|, element by element; its derivative at 0 is 0. Shape and dtype as `x`.
 *
 * @throws DTypeError for bool
 * @category Elementwise
 */
export function abs<S extends Shape, D extends NumericDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(absOp, x);
}
