import {
  add,
  defaultEngine,
  div,
  exp,
  fromArray,
  matmul,
  mul,
  relu,
  sigmoid,
  softmax,
  softplus,
  square,
  sub,
  sum,
  tanh,
  transpose,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import {
  defineOp,
  gradientRule,
  rule,
  run,
  savedNames,
  withRecorders,
  type Handle,
  type Named,
  type Op,
  type Recorder,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grad } from '../src/index.ts';

// The memory of a backward pass is what the records of the operations declare, and what one step of the walk works
// with: no more, at any moment.

type Float = Tensor<Shape, FloatDType>;

const engine = defaultEngine();
const size = 6;
const matrix = (from: number): Float =>
  fromArray(
    Float64Array.from({ length: size * size }, (_, i) => Math.sin(from + i)),
    [size, size],
  );
/** Every value in these tests has this many. */
const bytes = 8 * size * size;
/** The loss, and the cotangent 1 that the walk starts with: two numbers that live until its end. */
const ends = 2 * 8;

/** Adds up what the rules of the followed inputs ask to keep, from the records alone. */
class Declared implements Recorder {
  readonly #followed: Set<number>;
  /** What each operation saves, in the order of the forward pass. */
  readonly saved: Handle[][] = [];
  open = true;

  constructor(wrt: Tensor) {
    this.#followed = new Set([wrt.identity]);
  }

  record(op: Op, inputs: Named<string, Tensor>, _attrs: unknown, output: Tensor): void {
    const followed = Object.keys(inputs).filter((input) => this.#followed.has(inputs[input]?.identity ?? NaN));
    if (!this.open || followed.length === 0) return;
    this.#followed.add(output.identity);
    const names = followed.flatMap((input) => {
      const rule = gradientRule(op, input);
      return rule === undefined ? [] : savedNames(rule, input);
    });
    this.saved.push(names.flatMap((name) => (name === 'output' ? output : inputs[name])?.storage('test').handle ?? []));
  }

  /** Bytes that the first `count` operations keep; elements that are shared, or alive anyway, count once or not. */
  bytesOf(count: number, alive: ReadonlySet<Handle>): number {
    const handles = new Set(this.saved.slice(0, count).flat());
    return [...handles].reduce((total, handle) => total + (alive.has(handle) ? 0 : handle.bytes), 0);
  }
}

/** Calls `passed` when the walk comes back to this place. */
function probe(x: Tensor, passed: () => void): Float {
  const op = defineOp<'x', object>({
    name: 'probe',
    infer: ({ x: { shape, dtype } }) => ({ shape, dtype }),
    gradients: {
      x: rule([], ({ cotangent }) => {
        passed();
        return cotangent;
      }),
    },
    kernels: 'alias',
  });
  return run(op, { x }, {});
}

const constant = matrix(100);
const steps: readonly ((x: Float) => Float)[] = [
  tanh,
  sigmoid,
  softplus,
  square,
  relu,
  (x) => exp(tanh(x)),
  (x) => mul(x, constant),
  (x) => mul(x, x),
  (x) => add(x, square(x)),
  (x) => sub(constant, x),
  (x) => div(x, add(square(x), 1)),
  (x) => matmul(x, constant),
  (x) => matmul(constant, x, { transposeB: true }),
  (x) => matmul(x, x),
  (x) => softmax(x, 1),
  (x) => transpose(x, 0, 1),
];

test('what is alive between two steps of the walk is what the records before it declare, and the cotangent', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 8, size: 'max' }), (chain) => {
      using x = matrix(0);
      const base = engine.memory().bytes;
      const alive = new Set([x, constant].map((tensor) => tensor.storage('test').handle));
      const declared = new Declared(x);
      const found: number[] = [];
      const expected: number[] = [];
      const compute = (v: Float): Float => {
        let y = v;
        for (const step of chain) {
          const before = declared.saved.length;
          y = step(
            probe(y, () => {
              found.push(engine.memory().bytes - base);
              expected.push(declared.bytesOf(before, alive) + bytes + ends);
            }),
          );
        }
        const total = sum(y);
        declared.open = false;
        return total;
      };
      using gradient = withRecorders([declared], () => grad(compute)(x));
      expect(found).toEqual(expected);
      expect(gradient.shape).toEqual(x.shape);
      expect(found).toHaveLength(chain.length);
    }),
    { seed: 20_240_613, numRuns: 60 },
  );
});

test('the peak of the walk is what the records declare, and a few tensors to work with', () => {
  using x = matrix(0);
  const base = engine.memory().bytes;
  const length = 40;
  let declaredBytes = 0;
  const compute = (v: Float): Float => {
    let y = v;
    // Each saves its output, which is all that a chain of them has to keep.
    for (let i = 0; i < length; i += 1) y = tanh(y);
    y = probe(y, () => {
      declaredBytes = engine.memory().bytes - base;
      engine.resetPeak();
    });
    return sum(y);
  };
  using gradient = grad(compute)(x);
  const peak = engine.memory().peakBytes - base;
  expect(declaredBytes).toBe((length + 1) * bytes + ends);
  // The rule of tanh computes g (1 − y²) in three steps.
  expect(peak).toBeLessThanOrEqual(declaredBytes + 4 * bytes);
  expect(engine.memory().bytes - base).toBe(bytes);
  expect(gradient.disposed).toBe(false);
});
