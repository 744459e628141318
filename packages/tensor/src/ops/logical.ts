import { run } from '../run.ts';
import { broadcastShape, type Broadcast, type BroadcastCheck } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { absOp } from './abs.ts';
import { equalOp, lessEqualOp, notEqualOp } from './comparisons.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { whereOp } from './where.ts';
import type { DType, FloatDType } from '../dtype.ts';
import { scope } from '../scope.ts';

/** The largest finite number of each float dtype. */
const largest = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE } as const;

/**
 * Where a and b are both true, with broadcasting.
 *
 * @returns bool, of the shape that a and b broadcast to
 * @throws ShapeError when the shapes do not broadcast; DTypeError unless both are bool
 * @category Elementwise
 */
export function logicalAnd<A extends Shape, B extends Shape>(
  a: Tensor<A, 'bool'>,
  b: Tensor<B, 'bool'> & Fits<BroadcastCheck<'logicalAnd', A, B>>,
): Tensor<Broadcast<A, B>, 'bool'> {
  checkTruths('logicalAnd', a, b);
  return run(whereOp, { condition: a, a: b, b: a }, {});
}

/**
 * Where a or b or both are true, with broadcasting.
 *
 * @returns bool, of the shape that a and b broadcast to
 * @throws ShapeError when the shapes do not broadcast; DTypeError unless both are bool
 * @category Elementwise
 */
export function logicalOr<A extends Shape, B extends Shape>(
  a: Tensor<A, 'bool'>,
  b: Tensor<B, 'bool'> & Fits<BroadcastCheck<'logicalOr', A, B>>,
): Tensor<Broadcast<A, B>, 'bool'> {
  checkTruths('logicalOr', a, b);
  return run(whereOp, { condition: a, a, b }, {});
}

/**
 * Where x is false. Shape as `x`, dtype bool.
 *
 * @throws DTypeError unless x is bool
 * @category Elementwise
 */
export function logicalNot<S extends Shape>(x: Tensor<S, 'bool'>): Tensor<S, 'bool'> {
  checkDType('logicalNot', x.dtype, ['bool']);
  return runBinary(equalOp, x, 0);
}

/**
 * Where x is NaN. Shape as `x`, dtype bool.
 *
 * @throws DTypeError for int32 and bool, which have no NaN
 * @category Elementwise
 */
export function isNaN<S extends Shape>(x: Tensor<S, FloatDType>): Tensor<S, 'bool'> {
  checkDType('isNaN', x.dtype, floats);
  return run(notEqualOp, { a: x, b: x }, {});
}

/**
 * Where x is neither NaN nor infinite. Shape as `x`, dtype bool.
 *
 * @throws DTypeError for int32 and bool, which are always finite
 * @category Elementwise
 */
export function isFinite<S extends Shape>(x: Tensor<S, FloatDType>): Tensor<S, 'bool'> {
  checkDType('isFinite', x.dtype, floats);
  return scope(() => runBinary(lessEqualOp, runUnary<S, FloatDType>(absOp, x), largest[x.dtype]));
}

function checkTruths(op: string, a: Tensor<Shape, DType>, b: Tensor<Shape, DType>): void {
  for (const { dtype } of [a, b]) checkDType(op, dtype, ['bool']);
  broadcastShape(op, a.shape, b.shape);
}
