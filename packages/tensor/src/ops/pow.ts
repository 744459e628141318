import type { FloatDType } from '../dtype.ts';
import { rule, type Op } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { absOp } from './abs.ts';
import { equalOp, greaterOp, lessOp } from './comparisons.ts';
import { binaryOp, floats, runBinary, runUnary, type Operand, type OperandsCheck } from './elementwise.ts';
import { logOp } from './log.ts';
import { mulOp } from './mul.ts';
import { subOp } from './sub.ts';
import { runWhere } from './where.ts';

// y = aᵇ, ∂y/∂a = b aᵇ⁻¹ (0 where b = 0), ∂y/∂b = y ln a (0 where a = 0 ≤ b)
export const powOp: Op<'a' | 'b', object> = binaryOp({
  name: 'pow',
  dtypes: floats,
  reference: power,
  gpu: 'powf(a, b)',
  gradients: {
    a: rule(['a', 'b'], ({ cotangent, saved: { a, b } }) => {
      // 0 · 0⁻¹ is NaN, so the exponent becomes 0 there. Masking the value instead would give wrong derivatives of the
      // slope.
      const less = runBinary(subOp, b, 1);
      const isPower = runBinary(greaterOp, runUnary(absOp, a), 0);
      const exponent = runWhere(runBinary(equalOp, b, 0), runWhere(isPower, less, 0), less);
      return runBinary(mulOp, cotangent, runBinary(mulOp, b, runBinary(powOp, a, exponent)));
    }),
    b: rule(['a', 'b', 'output'], ({ cotangent, saved: { a, b, output } }) => {
      // Only where a = 0 and b ≥ 0, aᵇ is finite and ln a is not: take ln 1 there.
      const base = runWhere(runBinary(equalOp, a, 0), runWhere(runBinary(lessOp, b, 0), a, 1), a);
      return runBinary(mulOp, cotangent, runBinary(mulOp, output, runUnary(logOp, base)));
    }),
  },
});

/** aᵇ as in C: 1ᵇ is 1 for every b, and ±1 to an infinite power is 1. JavaScript gives NaN for some of these. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

/**
 * aᵇ, element by element, with broadcasting; one operand may be a number. The result is NaN where a is below 0 and b is
 * not whole. The result is 1 where b = 0 or a = 1, whatever the other operand is. Derivatives are PyTorch's: the
 * derivative for a is 0 where b = 0, the derivative for b is 0 where a = 0 ≤ b. (`square`, `sqrt` and `reciprocal` are
 * much faster for their powers.)
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for int32, bool or unequal dtypes
 * @category Elementwise
 */
export function pow<
  D extends FloatDType = never,
  E extends FloatDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'pow', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(powOp, a, b);
}
