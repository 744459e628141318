import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { divOp } from './div.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';

// y = √x, ∂y/∂x = 1/(2y)
export const sqrtOp = unaryOp({
  name: 'sqrt',
  dtypes: floats,
  reference: Math.sqrt,
  gpu: 'Math.sqrt(x)',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) =>
    runBinary(divOp, runBinary(mulOp, cotangent, 0.5), output),
  ),
});

/**
 * √x, element by element: NaN below 0. Its derivative at 0 is infinite. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function sqrt<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(sqrtOp, x);
}
