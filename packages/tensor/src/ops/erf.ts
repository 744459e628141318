import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { expOp } from './exp.ts';
import { mulOp } from './mul.ts';
import { negOp } from './neg.ts';
import { squareOp } from './square.ts';

// y = 2/√π ∫₀ˣ e^(−t²) dt, ∂y/∂x = 2/√π e^(−x²)
export const erfOp = unaryOp({
  name: 'erf',
  dtypes: floats,
  reference: errorFunction,
  gpu: 'erff(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => {
    const density = runUnary(expOp, runUnary(negOp, runUnary(squareOp, x)));
    return runBinary(mulOp, cotangent, runBinary(mulOp, density, 2 / Math.sqrt(Math.PI)));
  }),
});

/**
 * erf x in double precision: 2/√π e^(−x²) Σₙ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), whose terms have one sign (Abramowitz and
 * Stegun, 7.1.6).
 */
export function errorFunction(x: number): number {
  // 1 − erf 6 is 2e-17, which is less than the spacing of doubles near 1. `Math.sign` of NaN is NaN.
  if (!(Math.abs(x) < 6)) return Math.sign(x);
  let sum = 0;
  for (let n = 0, term = x; sum + term !== sum; n += 1, term *= (2 * x * x) / (2 * n + 1)) sum += term;
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/**
 * The error function 2/√π ∫₀ˣ e^(−t²) dt, element by element. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function erf<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(erfOp, x);
}
