import type { DType, NumericDType } from '../dtype.ts';
import type { Broadcast } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { binaryOp, numbers, runBinary, type Operand, type OperandsCheck } from './elementwise.ts';

// Comparisons are piecewise constant, so no gradient flows. With NaN, all comparisons except `notEqual` are false.

export const equalOp = binaryOp({
  name: 'equal',
  dtypes: [...numbers, 'bool'],
  result: 'bool',
  reference: (a, b) => Number(a === b),
  gpu: 'a === b ? 1 : 0',
  gradients: {},
});

export const notEqualOp = binaryOp({
  name: 'notEqual',
  dtypes: [...numbers, 'bool'],
  result: 'bool',
  reference: (a, b) => Number(a !== b),
  gpu: 'a === b ? 0 : 1',
  gradients: {},
});

export const lessOp = binaryOp({
  name: 'less',
  dtypes: numbers,
  result: 'bool',
  reference: (a, b) => Number(a < b),
  gpu: 'a < b ? 1 : 0',
  gradients: {},
});

export const lessEqualOp = binaryOp({
  name: 'lessEqual',
  dtypes: numbers,
  result: 'bool',
  reference: (a, b) => Number(a <= b),
  gpu: 'a <= b ? 1 : 0',
  gradients: {},
});

export const greaterOp = binaryOp({
  name: 'greater',
  dtypes: numbers,
  result: 'bool',
  exchanged: 'less',
  reference: (a, b) => Number(a > b),
  gpu: 'a > b ? 1 : 0',
  gradients: {},
});

export const greaterEqualOp = binaryOp({
  name: 'greaterEqual',
  dtypes: numbers,
  result: 'bool',
  exchanged: 'lessEqual',
  reference: (a, b) => Number(a >= b),
  gpu: 'a >= b ? 1 : 0',
  gradients: {},
});

/**
 * Where a = b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for unequal dtypes
 * @category Elementwise
 */
export function equal<
  D extends DType = never,
  E extends DType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'equal', A, B, D, E>>): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(equalOp, a, b);
}

/**
 * Where a ≠ b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for unequal dtypes
 * @category Elementwise
 */
export function notEqual<
  D extends DType = never,
  E extends DType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'notEqual', A, B, D, E>>): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(notEqualOp, a, b);
}

/**
 * Where a < b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function less<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'less', A, B, D, E>>): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(lessOp, a, b);
}

/**
 * Where a ≤ b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function lessEqual<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'lessEqual', A, B, D, E>>): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(lessEqualOp, a, b);
}

/**
 * Where a > b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function greater<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(a: Operand<A, D>, b: Operand<B, E> & Fits<OperandsCheck<'greater', A, B, D, E>>): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(greaterOp, a, b);
}

/**
 * Where a ≥ b, as bool, with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for bool or unequal dtypes
 * @category Elementwise
 */
export function greaterEqual<
  D extends NumericDType = never,
  E extends NumericDType = never,
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(
  a: Operand<A, D>,
  b: Operand<B, E> & Fits<OperandsCheck<'greaterEqual', A, B, D, E>>,
): Tensor<Broadcast<A, B>, 'bool'> {
  return runBinary(greaterEqualOp, a, b);
}
