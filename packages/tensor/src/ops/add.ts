import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';

// y = a + b, ∂y/∂a = ∂y/∂b = 1
export const addOp = binaryOp({
  name: 'add',
  dtypes: numbers,
  reference: (a, b) => a + b,
  gpu: 'a + b',
  gradients: {
    a: rule([], ({ cotangent }) => cotangent),
    b: rule([], ({ cotangent }) => cotangent),
  },
});

/**
 * a + b, element by element, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function add<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'add', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(addOp, a, b);
}
