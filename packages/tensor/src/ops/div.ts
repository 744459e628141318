import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { binaryOp, floats, runBinary, runUnary, type Operand, type OperandsCheck } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { negOp } from './neg.ts';

// y = a / b, ∂y/∂a = 1/b, ∂y/∂b = −y/b
export const divOp = binaryOp({
  name: 'div',
  dtypes: floats,
  reference: (a, b) => a / b,
  gpu: 'a / b',
  gradients: {
    a: rule(['b'], ({ cotangent, saved: { b } }) => runBinary(divOp, cotangent, b)),
    b: rule(['b', 'output'], ({ cotangent, saved: { b, output } }) =>
      runUnary(negOp, runBinary(divOp, runBinary(mulOp, cotangent, output), b)),
    ),
  },
});

/**
 * a / b, element by element, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for int32, bool or unequal dtypes
 * @category Elementwise
 */
export function div<
  D extends FloatDType = never,
  E extends FloatDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'div', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(divOp, a, b);
}
