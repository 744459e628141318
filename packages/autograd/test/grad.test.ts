import {
  add,
  cast,
  defaultEngine,
  DTypeError,
  exp,
  GradientError,
  matmul,
  mul,
  readSync,
  relu,
  scope,
  square,
  sub,
  sum,
  tensor,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { defineOp, mulOp, rule, run } from '@hypercorr/tensor/op';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { grad, noGrad, stopGradient, valueAndGrad } from '../src/index.ts';

type Float = Tensor<Shape, FloatDType>;

let before = 0;
beforeEach(() => void (before = defaultEngine().memory().tensors));
afterEach(() => expect(defaultEngine().memory().tensors, 'tensors alive').toBe(before));

describe('grad', () => {
  test('returns the value and a gradient for every tensor of a tree', () => {
    using a = tensor([1, 2, 3]);
    using b = tensor([4, 5, 6]);
    const { value, grads } = valueAndGrad((tree: { a: typeof a; list: readonly [typeof b] }) =>
      sum(mul(tree.a, tree.list[0])),
    )({
      a,
      list: [b],
    });
    expect(readSync(value)).toEqual(Float32Array.of(32));
    expect(readSync(grads.a)).toEqual(Float32Array.of(4, 5, 6));
    expect(readSync(grads.list[0])).toEqual(Float32Array.of(1, 2, 3));
    for (const tensorMade of [value, grads.a, grads.list[0]]) tensorMade.dispose();
  });

  test('adds up the ways a value takes, the same tensor twice in one operation among them', () => {
    using x = tensor([3, -2]);
    using gradient = grad((v: typeof x) => sum(add(mul(v, v), v)))(x);
    expect(readSync(gradient)).toEqual(Float32Array.of(7, -3));
  });

  test('gives a tensor that stands in two places a gradient in each, freed on its own', () => {
    using x = tensor([3]);
    const grads = grad((tree: { a: typeof x; b: typeof x }) => sum(mul(tree.a, tree.b)))({ a: x, b: x });
    grads.a.dispose();
    expect(readSync(grads.b)).toEqual(Float32Array.of(6));
    grads.b.dispose();
  });

  test('asks the one rule of a list what it keeps for each input', () => {
    // y = Σ aᵢ bᵢ over pairs: the gradient for aᵢ needs bᵢ, and nothing of the other pairs.
    const partner = (input: string) => `${input.startsWith('a') ? 'b' : 'a'}${input.slice(1)}`;
    const asked: string[] = [];
    const pairsOp = defineOp<string, object>({
      name: 'pairs',
      infer: ({ a0 }) => ({ shape: a0?.shape ?? [], dtype: 'float32' }),
      gradients: {
        '*': rule(
          (input) => [partner(input)],
          ({ cotangent, saved, input }) => {
            asked.push(`${input}: ${Object.keys(saved).join(' ')}`);
            return run(mulOp, { a: cotangent, b: saved[partner(input)] ?? cotangent }, {});
          },
        ),
      },
      kernels: {
        reference({ a0, b0, a1, b1 }, { data }) {
          for (const [a, b] of [
            [a0, b0],
            [a1, b1],
          ]) {
            for (let i = 0; i < data.length; i += 1) data[i] = (data[i] ?? 0) + (a?.data[i] ?? 0) * (b?.data[i] ?? 0);
          }
        },
        wasm: () => [],
        gpu: () => {
          throw new GradientError('pairs', 'a test of the reference backend');
        },
      },
    });
    scope(() => {
      const [a0, b0, a1, b1] = [tensor([1, 2]), tensor([3, 4]), tensor([5, 6]), tensor([7, 8])];
      const followed = grad((wrt: { a0: typeof a0; b1: typeof b1 }) => sum(run(pairsOp, { ...wrt, b0, a1 }, {})))({
        a0,
        b1,
      });
      expect(readSync(followed.a0)).toEqual(Float32Array.of(3, 4));
      expect(readSync(followed.b1)).toEqual(Float32Array.of(5, 6));
      expect(asked.toSorted()).toEqual(['a0: b0 a1', 'b1: b0 a1']);
    });
  });

  test('undoes broadcasting', () => {
    using row = tensor([[1, 2, 3]]);
    using column = tensor([[10], [20]]);
    const grads = grad((tree: { row: typeof row; column: typeof column }) => sum(mul(tree.row, tree.column)))({
      row,
      column,
    });
    expect(grads.row.shape).toEqual([1, 3]);
    expect(readSync(grads.row)).toEqual(Float32Array.of(30, 30, 30));
    expect(readSync(grads.column)).toEqual(Float32Array.of(6, 6));
    grads.row.dispose();
    grads.column.dispose();
  });

  test('follows tensors that are reached through a closure', () => {
    using weight = tensor([[2], [3]]);
    using x = tensor([[1, 4]]);
    using gradient = grad((_weight: typeof weight) => sum(matmul(x, weight)))(weight);
    expect(readSync(gradient)).toEqual(Float32Array.of(1, 4));
  });

  test('gives zeros where the value does not depend on a tensor', () => {
    using x = tensor([1, 2]);
    using unused = tensor([[5]]);
    const grads = grad((tree: { x: typeof x; unused: typeof unused }) => sum(tree.x))({ x, unused });
    expect(readSync(grads.unused)).toEqual(Float32Array.of(0));
    grads.x.dispose();
    grads.unused.dispose();
  });

  test('can be nested: the third derivative of x⁴ is 24 x', () => {
    using x = tensor([2], { dtype: 'float64' });
    const power4 = (v: Float): Float => sum(square(square(v)));
    const first = (v: Float): Float => sum(grad(power4)(v));
    const second = (v: Float): Float => sum(grad(first)(v));
    using third = grad(second)(x);
    expect(readSync(third)[0]).toBeCloseTo(48, 10);
  });

  test('an inner derivative can be part of an outer function: a gradient penalty', () => {
    using x = tensor([0.5], { dtype: 'float64' });
    // d/dx (exp(x)')² = 2 exp(2x)
    using gradient = grad((v: Float) => sum(square(grad((u: Float) => sum(exp(u)))(v))))(x);
    expect(readSync(gradient)[0]).toBeCloseTo(2 * Math.exp(1), 10);
  });

  test('frees everything when the function throws', () => {
    using x = tensor([1, 2]);
    const failing = grad((v: typeof x): typeof x => {
      relu(mul(v, v));
      throw new RangeError('on purpose');
    });
    expect(() => failing(x)).toThrow('on purpose');
  });

  test('leaves the result to the scope around it', () => {
    using x = tensor([1, 2]);
    let inside = 0;
    scope(() => {
      valueAndGrad((v: typeof x) => sum(square(v)))(x);
      inside = defaultEngine().memory().tensors;
    });
    expect(inside).toBe(before + 3); // x, the value and the gradient
  });
});

describe('what stays the caller’s', () => {
  test('a tensor of its own that the function returns', () => {
    using x = tensor([3]);
    const { value, grads } = valueAndGrad((v: typeof x) => v)(x);
    value.dispose();
    grads.dispose();
    expect(x.disposed).toBe(false);
  });

  test('a list of axes, which may change before the walk gets there', () => {
    using x = tensor([
      [1, 2],
      [3, 4],
    ]);
    using weights = tensor([1, 10]);
    using gradient = grad((v: typeof x) => {
      const axes = [0];
      const squares: Tensor<Shape, 'float32'> = sum(mul(v, v), { axes });
      axes[0] = 1;
      return sum(mul(squares, weights));
    })(x);
    expect(readSync(gradient)).toEqual(Float32Array.of(2, 40, 6, 80));
  });
});

describe('stopGradient and noGrad', () => {
  test('stopGradient makes a value a constant', () => {
    using x = tensor([3]);
    using gradient = grad((v: typeof x) => sum(mul(v, stopGradient(v))))(x);
    expect(readSync(gradient)).toEqual(Float32Array.of(3));
  });

  test('what noGrad computes is constant', () => {
    using x = tensor([3]);
    using gradient = grad((v: typeof x) =>
      sum(
        mul(
          v,
          noGrad(() => square(v)),
        ),
      ),
    )(x);
    expect(readSync(gradient)).toEqual(Float32Array.of(9));
  });
});

describe('errors', () => {
  test('a function of more than one number', () => {
    using x = tensor([1, 2]);
    expect(() => grad((v: typeof x) => square(v))(x)).toThrow(
      '[grad] the function must return one number, got a tensor of shape [2]; reduce it with sum or mean',
    );
  });

  test('a derivative with respect to integers', () => {
    using x = tensor([1, 2], { dtype: 'int32' });
    const take = grad((v: { x: Tensor }) => sum(cast(v.x, 'float32')));
    expect(() => take({ x })).toThrow(DTypeError);
  });

  test('an operation whose derivative nobody wrote says so when a gradient would pass it, and only then', () => {
    const opaque = (x: Tensor): Float => run(opaqueOp, { x }, {});
    using x = tensor([1, 2]);
    expect(() => grad((v: Float) => sum(opaque(v)))(x)).toThrow(
      new GradientError('opaque', 'the derivative of opaque is not defined, so no gradient can pass it'),
    );
    using gradient = grad((v: Float) => sum(sub(v, opaque(stopGradient(v)))))(x);
    expect(readSync(gradient)).toEqual(Float32Array.of(1, 1));
  });
});

const opaqueOp = defineOp<'x', object>({
  name: 'opaque',
  infer: ({ x }) => ({ shape: x.shape, dtype: x.dtype }),
  gradients: 'none',
  kernels: {
    reference: ({ x }, output) => void output.data.set(x.data),
    wasm: () => [],
    gpu: () => {
      throw new Error('this test has no GPU');
    },
  },
});

describe('what the tape keeps', () => {
  test('is what the rules of the followed inputs ask for', () => {
    using x = tensor([
      [1, 2],
      [3, 4],
    ]);
    using weight = tensor([
      [1, 0],
      [0, 1],
    ]);
    const engine = defaultEngine();
    const kept = (wrt: readonly Tensor<Shape, 'float32'>[]): number => {
      let alive = 0;
      scope(() => {
        valueAndGrad((_wrt: readonly Tensor<Shape, 'float32'>[]) => {
          const start = engine.memory().bytes;
          const product = scope(() => matmul(mul(x, 2), weight));
          alive = engine.memory().bytes - start - 4 * product.size;
          return sum(product);
        })(wrt);
      });
      return alive;
    };
    // The doubled input is saved for the weight's gradient, and not for the input's own.
    expect(kept([weight])).toBe(16);
    expect(kept([x])).toBe(4); // the constant 2, which the product's rule asks for
  });
});

test('a function that returns no tensor is refused in words', () => {
  using x = tensor([1]);
  const untyped: unknown = () => 3;
  expect(() => grad(untyped as (v: typeof x) => typeof x)(x)).toThrow(
    new GradientError('grad', 'the function must return a tensor'),
  );
});
