import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { lessOp } from './comparisons.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';
import { gradientToWinner } from './maximum.ts';

// y = min(a, b); the smaller takes the gradient; if they are equal, each takes half
export const minimumOp = binaryOp({
  name: 'minimum',
  dtypes: numbers,
  reference: Math.min,
  // If a or b is NaN, a + b gives NaN.
  gpu: 'a < b ? a : a >= b ? b : a + b',
  gradients: {
    a: rule(['a', 'b'], ({ cotangent, saved: { a, b } }) => gradientToWinner(cotangent, a, b, lessOp)),
    b: rule(['a', 'b'], ({ cotangent, saved: { a, b } }) => gradientToWinner(cotangent, b, a, lessOp)),
  },
});

/**
 * The smaller of a and b, element by element, with broadcasting; NaN if either is.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function minimum<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'minimum', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(minimumOp, a, b);
}
