import type { NumericDType } from '../dtype.ts';
import { rule, type Op } from '../op.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { divOp } from './div.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { subOp } from './sub.ts';

// y = a − b ⌊a / b⌋, ∂y/∂a = 1, ∂y/∂b = −⌊a / b⌋ = (y − a) / b
export const modOp: Op<'a' | 'b', object> = binaryOp({
  name: 'mod',
  dtypes: numbers,
  reference: remainder,
  wrapping: (a, b) => (b === 0 ? 0 : remainder(a, b)),
  gpu: 'remainderf(a, b)',
  gpuWrapping: 'b === 0 ? 0 : remainderf(a, b)',
  gradients: {
    a: rule([], ({ cotangent }) => cotangent),
    b: rule(['a', 'b', 'output'], ({ cotangent, saved: { a, b, output } }) =>
      runBinary(mulOp, cotangent, runBinary(divOp, runBinary(subOp, output, a), b)),
    ),
  },
});

/** JavaScript's % has the sign of a; a step of b gives it the sign of b. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/**
 * The rest of a / b with the sign of the divisor b, element by element, with broadcasting: -1 mod 3 is 2, 1 mod -3 is
 * -2. This is PyTorch's `remainder` and Python's `%`. JavaScript's `%`, C's `fmod`, has the sign of a instead.
 *
 * By 0, float dtypes give NaN and int32 gives 0. One operand may be a number. The derivative for b is -⌊a / b⌋. The rest
 * is exact; on the gpu backend only if the quotient is below 2⁶⁴.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function mod<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'mod', A, B, D, E>>): Tensor<Broadcast<A, B>, D | E> {
  return runBinary(modOp, a, b);
}
