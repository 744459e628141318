/** Derivatives of derivatives where a formula divides by 0 or takes its logarithm, by numbers from calculus. */
import {
  defaultEngine,
  norm,
  pow,
  readSync,
  scope,
  sum,
  tensor,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { grad, gradCheck } from '../src/index.ts';

type Float = Tensor<Shape, FloatDType>;

let before = 0;
beforeEach(() => void (before = defaultEngine().memory().tensors));
afterEach(() => expect(defaultEngine().memory().tensors, 'tensors alive').toBe(before));

const double = (values: readonly number[]): Float => tensor([...values], { dtype: 'float64' });

/** The n-th derivative of Σ f(x), each taken of the sum of the last. */
function derivative(f: (x: Float) => Float, n: number): (x: Float) => Float {
  return n === 0 ? f : grad((x: Float) => sum(derivative(f, n - 1)(x)));
}

const at = (f: (x: Float) => Float, n: number, x: readonly number[]): number[] =>
  scope(() => [...readSync(derivative(f, n)(double(x)))]);

test.each([1, 3, 4])('the second derivative of the norm of order %d, for elements that are 0', (p) => {
  expect(at((x) => norm(x, { p }), 2, [0, 2]).map(Math.abs)).toEqual([0, 0]);
  // Differences are no match at 0 for the orders whose second derivative has a kink there.
  scope(
    () =>
      void gradCheck((x: Float) => derivative((q) => norm(q, { p }), 1)(x), double(p === 4 ? [0, 2, 3] : [1, 2, -3])),
  );
});

test('the derivative of a norm of what is infinite', () => {
  expect(at((x) => norm(x, { p: 1 }), 1, [1, Infinity, -Infinity, 0])).toEqual([1, 1, -1, 0]);
  expect(at((x) => norm(x, { p: Infinity }), 1, [1, Infinity])).toEqual([0, 1]);
  expect(at((x) => norm(x, { p: 1 }), 1, [1, NaN])).toEqual([1, NaN]);
});

test.each([1, 2, 3, Infinity])('a vector of zeros has no second derivative of its norm of order %d', (p) => {
  for (const n of [1, 2]) expect(at((x) => norm(x, { p }), n, [0, 0]).map(Math.abs)).toEqual([0, 0]);
});

test.each([
  [1, 1, [1, 1]],
  [1, 2, [0, 0]],
  [1, 3, [0, 0]],
  [1, 4, [0, 0]],
  [2, 2, [2, 2]],
  [2, 3, [0, 0]],
  [2, 4, [0, 0]],
  [3, 3, [6, 6]],
  [3, 5, [0, 0]],
] as const)('x^%d, derivative %d at 0 and 2', (b, n, expected) => {
  expect(at((x) => pow(x, b), n, [0, 2]).map((value) => value + 0)).toEqual(expected);
});

test('mixed derivatives of a power', () => {
  // ∂²/∂a∂b aᵇ = aᵇ⁻¹ (1 + b ln a): 0 for a = 0 and b = 2, 1/a for b = 0
  const mixed = (a: number, b: number) =>
    scope(() => [...readSync(grad((x: Float) => sum(grad((y: Float) => sum(pow(x, y)))(double([b]))))(double([a])))]);
  expect(mixed(0, 2)).toEqual([0]);
  const other = (a: number, b: number) =>
    scope(() => [...readSync(grad((y: Float) => sum(grad((x: Float) => sum(pow(x, y)))(double([a]))))(double([b])))]);
  expect(other(4, 0)).toEqual([0.25]);
});
