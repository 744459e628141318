import {
  DTypeError,
  GradientError,
  abs,
  defaultEngine,
  matmul,
  mul,
  square,
  sum,
  tanh,
  tensor,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { defineOp, mulOp, rule, run } from '@hypercorr/tensor/op';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { grad, gradCheck } from '../src/index.ts';

type Float = Tensor<Shape, FloatDType>;

const options = { dtype: 'float64' } as const;

let before = 0;
beforeEach(() => void (before = defaultEngine().memory().tensors));
afterEach(() => expect(defaultEngine().memory().tensors, 'tensors alive').toBe(before));

/** y = x², with the gradient factor · x. */
function squareWithFactor(factor: number) {
  const op = defineOp<'x', object>({
    name: 'squareWithFactor',
    infer: ({ x }) => x,
    gradients: { x: rule(['x'], ({ cotangent, saved: { x } }) => run(mulOp, { a: mul(cotangent, factor), b: x }, {})) },
    kernels: {
      reference({ x }, output) {
        for (const [i, value] of x.data.entries()) output.data[i] = value * value;
      },
      wasm: () => [],
      gpu: () => {
        throw new Error('of no use here');
      },
    },
  });
  return (x: Tensor) => run(op, { x }, {});
}

describe('gradCheck', () => {
  test('passes a right gradient of any shape, for every tensor of a tree', () => {
    using x = tensor([[0.5, -1, 2]], options);
    using w = tensor([[1], [2], [-0.5]], options);
    const report = gradCheck((tree: { x: Float; list: readonly [Float] }) => tanh(matmul(tree.x, tree.list[0])), {
      x,
      list: [w],
    });
    expect(report.checked).toBe(6);
    expect(report.worst).toBeLessThan(1);
  });

  test.each([1.99, -2, 0, NaN])('refuses the factor %d in place of 2', (factor) => {
    using x = tensor([0.5, -1, 3], options);
    const f = squareWithFactor(factor);
    expect(() => gradCheck((inputs: { x: Float }) => f(inputs.x), { x })).toThrow(GradientError);
  });

  test('says where, by how much, and how many', () => {
    using x = tensor([0.5, 3], options);
    const f = squareWithFactor(4);
    const check = () => gradCheck((inputs: { weights: readonly [Float] }) => f(inputs.weights[0]), { weights: [x] });
    expect(check).toThrow(/^\[gradCheck\] the gradient differs from central differences in 2 of 2 elements:\n/);
    expect(check).toThrow(
      /inputs\.weights\.0\[1\]: the gradient is -?\d.*, the central difference -?\d.*; off by .*, allowed /,
    );
  });

  test('checks so many elements of each tensor and no more, if asked', () => {
    using x = tensor([1, 2, 3, 4, 5, 6, 7], options);
    expect(gradCheck((v: Float) => square(v), x, { elements: 3 }).checked).toBe(3);
  });

  test('checks second derivatives of a gradient', () => {
    using x = tensor([0.5, -1, 2], options);
    gradCheck((v: Float) => grad((w: Float) => sum(tanh(w)))(v), x);
  });

  test('sees a kink', () => {
    using x = tensor([0, 1], options);
    expect(() => gradCheck((v: Float) => abs(mul(v, 1)), x, { step: 1e-3 })).not.toThrow();
    using beside = tensor([1e-4, 1], options);
    expect(() => gradCheck((v: Float) => abs(v), beside, { step: 1e-3 })).toThrow(GradientError);
  });

  test('needs float64', () => {
    using x = tensor([1, 2]);
    expect(() => gradCheck((v: typeof x) => square(v), x)).toThrow(DTypeError);
    expect(() => gradCheck((v: typeof x) => square(v), x)).toThrow(/inputs is float32/);
  });
});
