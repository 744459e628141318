import type { NumericDType } from '../dtype.ts';
import { rule, type Gradient } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { equalOp, greaterOp } from './comparisons.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { runWhere } from './where.ts';

// y = max(a, b); the larger takes the gradient; if they are equal, each takes half
export const maximumOp = binaryOp({
  name: 'maximum',
  dtypes: numbers,
  reference: Math.max,
  // If a or b is NaN, a + b gives NaN.
  gpu: 'a > b ? a : a <= b ? b : a + b',
  gradients: {
    a: rule(['a', 'b'], ({ cotangent, saved: { a, b } }) => gradientToWinner(cotangent, a, b, greaterOp)),
    b: rule(['a', 'b'], ({ cotangent, saved: { a, b } }) => gradientToWinner(cotangent, b, a, greaterOp)),
  },
});

/** The cotangent where `own` beats `other`, half the cotangent where both are equal, else 0. */
export function gradientToWinner(cotangent: Gradient, own: Tensor, other: Tensor, beats: typeof greaterOp): Gradient {
  const tied: Gradient = runWhere(runBinary(equalOp, own, other), runBinary(mulOp, cotangent, 0.5), 0);
  return runWhere(runBinary(beats, own, other), cotangent, tied);
}

/**
 * The larger of a and b, element by element, with broadcasting; NaN if either is.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function maximum<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'maximum', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(maximumOp, a, b);
}
