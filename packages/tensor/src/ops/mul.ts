import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';

// y = a b, ∂y/∂a = b, ∂y/∂b = a
export const mulOp = binaryOp({
  name: 'mul',
  dtypes: numbers,
  reference: (a, b) => a * b,
  wrapping: Math.imul,
  gpu: 'a * b',
  gradients: {
    a: rule(['b'], ({ cotangent, saved: { b } }) => runBinary(mulOp, cotangent, b)),
    b: rule(['a'], ({ cotangent, saved: { a } }) => runBinary(mulOp, cotangent, a)),
  },
});

/**
 * a · b, element by element, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function mul<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'mul', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(mulOp, a, b);
}
