import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { negOp } from './neg.ts';
import { squareOp } from './square.ts';

// y = 1/x, ∂y/∂x = −y²
export const reciprocalOp = unaryOp({
  name: 'reciprocal',
  dtypes: floats,
  reference: (x) => 1 / x,
  gpu: '1 / x',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) =>
    runUnary(negOp, runBinary(mulOp, cotangent, runUnary(squareOp, output))),
  ),
});

/**
 * 1/x, element by element; at ±0 the result is ±Infinity. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function reciprocal<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(reciprocalOp, x);
}
