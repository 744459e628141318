import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { binaryOp, numbers, runBinary, runUnary, type Operand, type OperandsCheck } from './elementwise.ts';
import { negOp } from './neg.ts';

// y = a − b, ∂y/∂a = 1, ∂y/∂b = −1
export const subOp = binaryOp({
  name: 'sub',
  dtypes: numbers,
  reference: (a, b) => a - b,
  gpu: 'a - b',
  gradients: {
    a: rule([], ({ cotangent }) => cotangent),
    b: rule([], ({ cotangent }) => runUnary(negOp, cotangent)),
  },
});

/**
 * a − b, element by element, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function sub<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'sub', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(subOp, a, b);
}
