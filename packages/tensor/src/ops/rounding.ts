import type { FloatDType, NumericDType } from '../dtype.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, numbers, runUnary, unaryOp } from './elementwise.ts';

// These are piecewise constant, so that no gradient flows.

// y = ⌊x⌋
export const floorOp = unaryOp({ name: 'floor', dtypes: floats, reference: Math.floor, gpu: 'Math.floor(x)' });

// y = ⌈x⌉
export const ceilOp = unaryOp({ name: 'ceil', dtypes: floats, reference: Math.ceil, gpu: 'Math.ceil(x)' });

// y = the whole number nearest to x; of two, the even one
export const roundOp = unaryOp({
  name: 'round',
  dtypes: floats,
  reference: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  gpu: 'roundf(x)',
});

// y = 1 above 0, −1 below, 0 elsewhere
export const signOp = unaryOp({
  name: 'sign',
  dtypes: numbers,
  reference: (x) => Number(x > 0) - Number(x < 0),
  gpu: 'x > 0 ? 1 : (x < 0 ? -1 : 0)',
});

/**
 * The largest whole number that is not above x, element by element. No gradient flows. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function floor<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(floorOp, x);
}

/**
 * The smallest whole number that is not below x, element by element. No gradient flows. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function ceil<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(ceilOp, x);
}

/**
 * The nearest whole number, element by element. Halves go to the even neighbour, as in PyTorch: 0.5 becomes 0, 1.5
 * and 2.5 become 2. (`Math.round` rounds halves up.) No gradient flows. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Elementwise
 */
export function round<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(roundOp, x);
}

/**
 * 1 where x is above 0, -1 where x is below 0, and 0 for zeros and NaN, as in PyTorch. No gradient flows. Shape and dtype
 * as `x`.
 *
 * @throws DTypeError for bool
 * @category Elementwise
 */
export function sign<S extends Shape, D extends NumericDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(signOp, x);
}
