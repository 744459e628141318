import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { subOp } from './sub.ts';

// y = 1 / (1 + e⁻ˣ), ∂y/∂x = y (1 − y)
export const sigmoidOp = unaryOp({
  name: 'sigmoid',
  dtypes: floats,
  reference: logistic,
  gpu: 'sigmoidf(x)',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) =>
    runBinary(mulOp, cotangent, runBinary(mulOp, output, runBinary(subOp, 1, output))),
  ),
});

/** Takes a power that cannot overflow, so that the result far below zero is tiny and not 0. */
function logistic(x: number): number {
  const power = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : power) / (1 + power);
}

/**
 * 1 / (1 + e⁻ˣ), element by element. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function sigmoid<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(sigmoidOp, x);
}
