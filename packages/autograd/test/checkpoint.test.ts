import {
  add,
  defaultEngine,
  exp,
  forEachTensor,
  fromArray,
  keep,
  key,
  matmul,
  mul,
  normal,
  readSync,
  reshape,
  scope,
  sigmoid,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { defineOp, run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkpoint, grad, gradCheck, noGrad, once, valueAndGrad } from '../src/index.ts';

type Float = Tensor<Shape, FloatDType>;
type Layer = (x: Float) => Float;

const engine = defaultEngine();
let before = engine.memory();
beforeEach(() => void (before = engine.memory()));
afterEach(() => {
  const { tensors, bytes } = engine.memory();
  expect({ tensors, bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes });
});

/** The elements of every tensor in arrays and plain objects. */
function elements(tree: unknown): number[][] {
  const found: number[][] = [];
  forEachTensor(tree, (each) => found.push([...readSync(each)]));
  return found;
}

const matrix = (from: number): Tensor<readonly [3, 3], 'float32'> =>
  fromArray(
    Float32Array.from({ length: 9 }, (_, i) => Math.sin(from + i)),
    [3, 3],
  );

describe('values and gradients', () => {
  /** What a layer may do: with its input, with parameters that others use too, with several inputs at once. */
  const layers: readonly ((x: Float, w: Float) => Float)[] = [
    (x) => tanh(x),
    (x) => mul(x, x),
    (x, w) => matmul(x, w),
    (x, w) => add(x, mul(w, 0.5)),
    (x, w) => sub(sigmoid(x), square(w)),
    (x) => reshape(reshape(x, [9]), [3, 3]),
    (x) => x,
    (x) => mul(x, stopGradient(x)),
    (x, w) =>
      mul(
        x,
        noGrad(() => exp(w)),
      ),
  ];

  test('are those of the function itself, to the bit, however chains are cut, nested or not', () => {
    const cuts = fc.array(
      fc.record({ layers: fc.array(fc.nat({ max: layers.length - 1 }), { maxLength: 4 }), nested: fc.boolean() }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(cuts, (parts) => {
        scope(() => {
          const [x, w] = [matrix(0), matrix(9)];
          const value = (wrap: (f: Layer) => Layer) =>
            valueAndGrad((wrt: { x: typeof x; w: typeof w }) => {
              const chain =
                (indices: readonly number[]): Layer =>
                (from) =>
                  indices.reduce<Float>((y, i) => layers[i]?.(y, wrt.w) ?? y, from);
              const part = ({ layers: own, nested }: (typeof parts)[number]): Layer => {
                const half = own.length >> 1;
                if (!nested) return wrap(chain(own));
                return wrap((y) => chain(own.slice(half))(wrap(chain(own.slice(0, half)))(y)));
              };
              return sum(parts.reduce<Float>((y, each) => part(each)(y), wrt.x));
            })({ x, w });
          expect(elements(value((f) => (y) => checkpoint(f)(y)))).toEqual(elements(value((f) => f)));
        });
      }),
      { numRuns: 200 },
    );
  });

  test('with several inputs and results, some of them unused, handed through, or no numbers to differentiate', () => {
    scope(() => {
      const [x, y] = [matrix(1), matrix(2)];
      const index = tensor([1, 0, 2], { dtype: 'int32' });
      const f = ({ a, list }: { a: typeof x; list: readonly [typeof y, typeof index] }) => ({
        product: matmul(a, list[0]),
        same: a,
        unused: exp(a),
        constant: mul(list[1], 2),
      });
      const loss = (through: typeof f) => (wrt: { x: typeof x; y: typeof y }) => {
        const { product, same, constant } = through({ a: wrt.x, list: [wrt.y, index] });
        expect(readSync(constant)).toEqual(Int32Array.of(2, 0, 4));
        return sum(mul(product, same));
      };
      expect(elements(valueAndGrad(loss((inputs) => checkpoint(f)(inputs)))({ x, y }))).toEqual(
        elements(valueAndGrad(loss(f))({ x, y })),
      );
    });
  });

  test('with respect to what the function reaches through its closure', () => {
    scope(() => {
      const [x, w, frozen] = [matrix(1), matrix(2), matrix(3)];
      const f: Layer = (v) => tanh(matmul(matmul(v, w), frozen));
      const plain = grad((_w: typeof w) => sum(f(f(x))))(w);
      const again = grad((_w: typeof w) => sum(checkpoint(f)(checkpoint(f)(x))))(w);
      expect(elements(again)).toEqual(elements(plain));
    });
  });

  test('with inputs that are freed before the way back', () => {
    scope(() => {
      const x = matrix(1);
      const gradient = grad((v: typeof x) => {
        const between = mul(v, 2);
        const y = checkpoint((u: Float) => square(u))(between);
        between.dispose();
        return sum(y);
      })(x);
      expect([...readSync(gradient)]).toEqual([...readSync(x)].map((element) => 8 * element));
    });
  });

  test('and second ones: a gradient penalty, and a function with a gradient inside', () => {
    scope(() => {
      const [x, w] = [matrix(1), matrix(2)];
      const f = (v: Float): Float => tanh(matmul(mul(v, v), w));
      const penalty = (g: Layer) => (wrt: { x: typeof x; w: typeof w }) =>
        sum(square(grad((v: Float) => sum(g(v)))(wrt.x)));
      const plain = grad(penalty(f))({ x, w });
      expect(elements(grad(penalty((v) => checkpoint(f)(v)))({ x, w }))).toEqual(elements(plain));
      const outside = grad((wrt: { x: typeof x; w: typeof w }) => checkpoint(penalty((v) => checkpoint(f)(v)))(wrt))({
        x,
        w,
      });
      expect(elements(outside)).toEqual(elements(plain));
      // The value that comes with an inner gradient is followed like any other.
      const value =
        (g: Layer): Layer =>
        (v) =>
          valueAndGrad((u: Float) => sum(g(u)))(v).value;
      expect(elements(grad(checkpoint(value(checkpoint(f))))(x))).toEqual(elements(grad(value(f))(x)));
    });
  });

  test('agree with central differences', () => {
    using x = tensor(
      [
        [0.5, -1],
        [0.25, 2],
      ],
      { dtype: 'float64' },
    );
    gradCheck((v: Float) => checkpoint((u: Float) => tanh(matmul(u, u)))(mul(v, v)), x);
    gradCheck((v: Float) => grad((u: Float) => sum(checkpoint((t: Float) => tanh(matmul(t, t)))(u)))(v), x);
  });
});

describe('how often the function is computed', () => {
  const counted = () => vi.fn<Layer>((x) => tanh(square(x)));

  test('once where nothing records, or nothing that it reads is followed', () => {
    scope(() => {
      const [x, frozen] = [matrix(0), matrix(1)];
      const f = counted();
      checkpoint(f)(x);
      noGrad(() => checkpoint(f)(x));
      grad((v: typeof x) => sum(add(v, checkpoint(f)(frozen))))(x);
      grad((v: typeof x) =>
        sum(
          add(
            v,
            noGrad(() => checkpoint(f)(v)),
          ),
        ),
      )(x);
      expect(f).toHaveBeenCalledTimes(4);
    });
  });

  test('twice with a way back, and not again where no gradient arrives', () => {
    scope(() => {
      const x = matrix(0);
      const [f, unused] = [counted(), counted()];
      grad((v: typeof x) => {
        checkpoint(unused)(v);
        return sum(checkpoint(f)(v));
      })(x);
      expect(f).toHaveBeenCalledTimes(2);
      expect(unused).toHaveBeenCalledTimes(1);
    });
  });

  test('with the same random numbers, and with what stands in `once` not again', () => {
    scope(() => {
      const x = matrix(0);
      let draws = 0;
      const nextKey = () => key((draws += 1));
      const noisy = (v: Float): Float => mul(v, normal(once(nextKey), [3, 3]));
      const twice = (v: Float): Float => noisy(checkpoint(noisy)(v));
      const results = [twice, (v: Float) => checkpoint(twice)(v)].map((f) => {
        draws = 0;
        const found = elements(valueAndGrad((v: typeof x) => sum(f(v)))(x));
        expect(draws).toBe(2);
        return found;
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[0]?.[1]).not.toEqual(elements(x)[0]);
    });
  });
});

describe('memory', () => {
  const length = 64;
  const size = 1000;
  const bytes = 4 * size;
  const chain =
    (count: number): Layer =>
    (x) =>
      scope(() => Array.from({ length: count }).reduce<Float>((y) => tanh(y), x));

  /** The most bytes at one time, in tensors of the chain's size, beside the input. */
  function peak(f: Layer): number {
    return scope(() => {
      const x = fromArray(new Float32Array(size).fill(0.5), [size]);
      const start = engine.memory().bytes;
      engine.resetPeak();
      grad((v: typeof x) => sum(f(v)))(x);
      return Math.round((engine.memory().peakBytes - start) / bytes);
    });
  }

  const inParts =
    (parts: number): Layer =>
    (x) =>
      Array.from({ length: parts }).reduce<Float>((y) => checkpoint(chain(length / parts))(y), x);

  test('of a chain of n layers in parts is about as many values as there are parts, and layers in one of them', () => {
    const plain = peak(chain(length));
    // Each layer's result, and what the walk works with.
    expect(plain).toBeGreaterThanOrEqual(length);
    expect(plain).toBeLessThanOrEqual(length + 4);
    for (const parts of [2, 4, 8, 16, 32]) {
      const most = peak(inParts(parts));
      expect(most, `${parts} parts`).toBeLessThanOrEqual(parts + length / parts + 5);
    }
    expect(peak(inParts(8))).toBeLessThan(plain / 3);
  });

  test('of nested parts is less still', () => {
    const nested = (depth: number, count: number): Layer =>
      depth === 0
        ? chain(count)
        : (x) => Array.from({ length: 4 }).reduce<Float>((y) => checkpoint(nested(depth - 1, count / 4))(y), x);
    expect(peak(nested(3, length))).toBeLessThanOrEqual(4 + 4 + 4 + 1 + 6);
    expect(peak(nested(3, length))).toBeLessThan(peak(inParts(8)));
  });

  test('is all given back when the walk fails, or never comes', () => {
    scope(() => {
      const x = matrix(0);
      const { tensors } = engine.memory();
      let calls = 0;
      const failing = (v: Float): Float => {
        calls += 1;
        const y = tanh(v);
        if (calls === 2) throw new RangeError('the second time');
        return square(y);
      };
      expect(() => grad((v: typeof x) => sum(checkpoint(failing)(v)))(x)).toThrow('the second time');
      expect(() =>
        grad((v: typeof x): typeof x => {
          checkpoint(tanh)(v);
          throw new RangeError('half-way');
        })(x),
      ).toThrow('half-way');
      expect(engine.memory().tensors).toBe(tensors);
    });
  });
});

describe('errors', () => {
  test('a function that reads other tensors the second time', () => {
    scope(() => {
      const [x, first, second] = [matrix(0), matrix(1), matrix(2)];
      let calls = 0;
      const changing = (v: Float): Float => mul(v, (calls += 1) === 1 ? first : second);
      expect(() => grad((wrt: Float[]) => sum(checkpoint(changing)(wrt[0] ?? x)))([x, first, second])).toThrow(
        '[checkpoint] the function did not compute the same when it was computed again for the way back',
      );
    });
  });

  test('another followed tensor that is read the second time only', () => {
    scope(() => {
      const [x, w, late] = [matrix(0), matrix(1), matrix(2)];
      let calls = 0;
      const growing = (v: Float): Float => ((calls += 1) === 1 ? mul(v, w) : add(mul(v, w), late));
      expect(() => grad((wrt: Float[]) => sum(checkpoint(growing)(wrt[0] ?? x)))([x, w, late])).toThrow(
        'the function did not compute the same',
      );
    });
  });

  test('a tensor of the closure that is freed before the way back', () => {
    scope(() => {
      const x = matrix(0);
      const freed = grad((v: typeof x) => {
        const between = mul(v, 2);
        const y = checkpoint((u: Float) => mul(u, between))(v);
        between.dispose();
        return sum(y);
      });
      expect(() => freed(x)).toThrow(
        '[checkpoint] the function reads a tensor that was freed before the way back; give it as an input',
      );
    });
  });

  test('something from inside that is used outside without being returned', () => {
    scope(() => {
      const x = matrix(0);
      const leaking = (change: Layer) =>
        grad((v: typeof x) => {
          const leaked: Float[] = [];
          const y = checkpoint((u: Float) => {
            const inside = change(tanh(u));
            leaked.push(keep(inside));
            return square(inside);
          })(v);
          try {
            return sum(leaked.reduce((a, b) => mul(a, b), y));
          } finally {
            for (const each of leaked) each.dispose();
          }
        });
      expect(() => leaking((inside) => inside)(x)).toThrow(
        '[checkpoint] a value made inside a checkpointed function is used outside',
      );
      expect(leaking(stopGradient)(x).shape).toEqual([3, 3]);
    });
  });

  test('an operation inside that has no derivative', () => {
    const opaqueOp = defineOp<'x', object>({
      name: 'opaque',
      infer: ({ x: { shape, dtype } }) => ({ shape, dtype }),
      gradients: 'none',
      kernels: 'alias',
    });
    scope(() => {
      const x = matrix(0);
      const opaque = (v: Float): Float => run(opaqueOp, { x: v }, {});
      expect(() => grad((v: typeof x) => sum(checkpoint(opaque)(v)))(x)).toThrow(
        '[opaque] the derivative of opaque is not defined',
      );
    });
  });
});
