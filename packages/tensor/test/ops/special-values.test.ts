import { afterAll, describe, expect, it } from 'vitest';
import {
  abs,
  argMax,
  argMin,
  avgPool2d,
  batchNormTraining,
  cast,
  clamp,
  cos,
  crossEntropy,
  cumsum,
  defaultEngine,
  div,
  DTypeError,
  Engine,
  erf,
  exp,
  fromArray,
  gelu,
  groupNorm,
  l2Normalize,
  leakyRelu,
  log,
  log1p,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  maxPool2d,
  mean,
  min,
  minimum,
  mul,
  norm,
  pow,
  prod,
  readSync,
  reciprocal,
  relu,
  scope,
  ShapeError,
  sigmoid,
  sin,
  softmax,
  softplus,
  sqrt,
  square,
  sum,
  tanh,
  tensor,
  type Tensor,
  variance,
  where,
  zeros,
} from '../../src/index.ts';
import { errorFunction } from '../../src/ops/erf.ts';
import { wasm } from '../../src/wasm.ts';

const wasmEngine = new Engine(await wasm({ threads: 1 })());
afterAll(() => wasmEngine.dispose());

const engines = [
  ['reference', defaultEngine()],
  ['wasm', wasmEngine],
] as const;

type Vector = Tensor<readonly [number], 'float32'>;

/** The elements of what `f` makes of a vector. */
function apply(engine: Engine, f: (x: Vector) => Tensor, values: readonly number[]): number[] {
  return scope(() => [...readSync(f(fromArray(Float32Array.from(values), [values.length], { engine })))]);
}

const tiny = 2 ** -149;
const largest = 3.4028234663852886e38;

describe.each(engines)('on %s', (_, engine) => {
  it.each([
    ['exp', exp, [-200, -Infinity, 0, 200, Infinity, NaN], [0, 0, 1, Infinity, Infinity, NaN]],
    ['log', log, [0, -0, -1, 1, Infinity, -Infinity, NaN], [-Infinity, -Infinity, NaN, 0, Infinity, NaN, NaN]],
    ['sqrt', sqrt, [0, 4, -1, Infinity, NaN], [0, 2, NaN, Infinity, NaN]],
    ['sigmoid', sigmoid, [-200, 0, 200, -Infinity, Infinity, NaN], [0, 0.5, 1, 0, 1, NaN]],
    ['tanh', tanh, [-200, 0, 200, -Infinity, Infinity, NaN], [-1, 0, 1, -1, 1, NaN]],
    ['softplus', softplus, [-200, 200, largest, -Infinity, Infinity, NaN], [0, 200, largest, 0, Infinity, NaN]],
    ['relu', relu, [-1, 2, -Infinity, Infinity, NaN], [0, 2, 0, Infinity, NaN]],
    ['log1p', log1p, [-1, -2, 0, tiny, Infinity, -Infinity, NaN], [-Infinity, NaN, 0, tiny, Infinity, NaN, NaN]],
    ['reciprocal', reciprocal, [0, -0, 4, -Infinity, NaN], [Infinity, -Infinity, 0.25, -0, NaN]],
    ['sin', sin, [0, tiny, Infinity, -Infinity, NaN], [0, tiny, NaN, NaN, NaN]],
    ['cos', cos, [0, tiny, Infinity, NaN], [1, 1, NaN, NaN]],
    ['erf', erf, [0, 10, -10, Infinity, -Infinity, NaN], [0, 1, -1, 1, -1, NaN]],
    ['gelu', (x: Vector) => gelu(x), [0, 100, -100, Infinity, NaN], [0, 100, -0, Infinity, NaN]],
    ['leakyRelu', (x: Vector) => leakyRelu(x, { slope: 0.5 }), [-2, 2, -Infinity, NaN], [-1, 2, -Infinity, NaN]],
    ['abs', abs, [-1, -Infinity, NaN, -tiny], [1, Infinity, NaN, tiny]],
  ] as const)('%s keeps its promises at the ends', (_name, f, x, y) => {
    expect(apply(engine, f, x)).toEqual(y);
  });

  it('exp and log go down to the smallest number', () => {
    const [power = NaN] = apply(engine, exp, [-103]);
    expect(power).toBe(tiny);
    const [logarithm = NaN] = apply(engine, log, [tiny]);
    expect(logarithm).toBeCloseTo(-149 * Math.LN2, 4);
  });

  it('pow has the sign and the limits of C', () => {
    const powers = (pairs: readonly (readonly [number, number])[]) =>
      scope(() => {
        const [a, b] = [0, 1].map((side) =>
          fromArray(
            Float32Array.from(pairs, (pair) => pair[side] ?? NaN),
            [pairs.length],
            { engine },
          ),
        );
        return a && b ? [...readSync(pow(a, b))] : [];
      });
    expect(
      powers([
        [-2, 3],
        [-2, -1],
        [-3, 4],
        [-2, 0.5],
        [-0.5, 31],
      ]),
    ).toEqual([-8, -0.5, 81, NaN, -(2 ** -31)]);
    expect(
      powers([
        [0, 0],
        [NaN, 0],
        [1, NaN],
        [-1, Infinity],
        [-1, -Infinity],
        [1, -Infinity],
      ]),
    ).toEqual([1, 1, 1, 1, 1, 1]);
    expect(
      powers([
        [-0, 3],
        [-0, -3],
        [0, -2],
        [-0, -2],
        [0, 0.5],
      ]),
    ).toEqual([-0, -Infinity, Infinity, Infinity, 0]);
    expect(
      powers([
        [-Infinity, 3],
        [-Infinity, 2.5],
        [-Infinity, -3],
        [Infinity, -1],
        [0.5, -Infinity],
        [2, -Infinity],
      ]),
    ).toEqual([-Infinity, Infinity, -0, 0, Infinity, 0]);
    expect(
      powers([
        [2, 127],
        [2, 128],
        [2, -149],
        [2, -151],
        [NaN, 1],
        [2, NaN],
      ]),
    ).toEqual([2 ** 127, Infinity, tiny, 0, NaN, NaN]);
  });

  it('sines of large angles are those of the angles', () => {
    const angles = [1e4, -1e5, 1e7, 3e9, -1e20, 1e38].map(Math.fround);
    for (const [f, exact] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      for (const [i, y] of apply(engine, f, angles).entries())
        expect(Math.abs(y - exact(angles[i] ?? NaN))).toBeLessThan(1e-7);
    }
  });

  it('int32 wraps around exactly', () => {
    scope(() => {
      const x = tensor([2 ** 31 - 1, 123_456_789, -(2 ** 31)], { dtype: 'int32', engine });
      const y = tensor([2 ** 31 - 1, 987_654_321, -1], { dtype: 'int32', engine });
      expect([...readSync(mul(x, y))]).toEqual([1, -67_153_019, -(2 ** 31)]);
      expect([...readSync(square(x))]).toEqual([1, -1_757_895_751, 0]);
    });
  });

  it('NaN wins in maximum, minimum and max', () => {
    expect(apply(engine, (x) => maximum(x, 1), [NaN, 0, 2])).toEqual([NaN, 1, 2]);
    expect(apply(engine, (x) => minimum(x, 1), [NaN, 0, 2])).toEqual([NaN, 0, 1]);
    expect(apply(engine, (x) => max(x), [...new Array<number>(20).fill(1), NaN, 3])).toEqual([NaN]);
  });

  it('clamp lets the upper bound win and infinities be none', () => {
    expect(apply(engine, (x) => clamp(x, 2, -1), [-5, 0, 5])).toEqual([-1, -1, -1]);
    expect(apply(engine, (x) => clamp(x, -Infinity, 1), [-5, Infinity, NaN])).toEqual([-5, 1, NaN]);
  });

  it('cast cuts fractions off, holds int32 within its range, and finds truth in all but 0', () => {
    expect(apply(engine, (x) => cast(x, 'int32'), [1.9, -1.9, 3e9, -3e9, NaN])).toEqual([
      1,
      -1,
      2 ** 31 - 1,
      -(2 ** 31),
      0,
    ]);
    expect(apply(engine, (x) => cast(x, 'bool'), [0, -0, tiny, NaN, -2])).toEqual([0, 0, 1, 1, 1]);
  });

  it('a cast to the own dtype is another handle on the same elements', () => {
    using x = tensor([1, 2], { engine });
    using y = cast(x, 'float32');
    expect(y).not.toBe(x);
    expect(y.identity).toBe(x.identity);
  });

  it('argMax takes the first of equals and the first NaN', () => {
    const row = (length: number, at: readonly number[], value: number) =>
      Array.from({ length }, (_value, i) => (at.includes(i) ? value : 0));
    for (const length of [3, 8, 21]) {
      expect(apply(engine, (x) => argMax(x), row(length, [1, 2, length - 1], 7))).toEqual([1]);
      expect(apply(engine, (x) => argMax(x), row(length, [2, length - 1], NaN))).toEqual([2]);
      expect(apply(engine, (x) => argMax(x), row(length, [], 0))).toEqual([0]);
    }
  });

  it('argMax over several axes counts over just these', () => {
    using x = tensor(
      [
        [
          [0, 5],
          [1, 1],
        ],
        [
          [2, 2],
          [2, 9],
        ],
      ],
      { engine },
    );
    expect([...readSync(argMax(x, { axes: [0, 2] }))]).toEqual([1, 3]);
    expect([...readSync(argMax(x))]).toEqual([7]);
  });

  it('reductions of nothing', () => {
    using x = zeros([2, 0], { engine });
    expect([...readSync(sum(x, { axes: 1 }))]).toEqual([0, 0]);
    expect([...readSync(norm(x, { axes: 1 }))]).toEqual([0, 0]);
    expect([...readSync(mean(x, { axes: 1 }))]).toEqual([NaN, NaN]);
    expect(() => max(x, { axes: 1 })).toThrow(ShapeError);
    expect(() => argMax(x)).toThrow('[argMax] axis 1 of x [2,0] holds no element to choose from');
  });

  it('further reductions of nothing, and of one element', () => {
    using x = zeros([2, 0], { engine });
    expect([...readSync(prod(x, { axes: 1 }))]).toEqual([1, 1]);
    expect([...readSync(logSumExp(x, { axes: 1 }))]).toEqual([-Infinity, -Infinity]);
    expect([...readSync(norm(x, { axes: 1, p: Infinity }))]).toEqual([0, 0]);
    expect([...readSync(variance(x, { axes: 1 }))]).toEqual([NaN, NaN]);
    expect(() => min(x, { axes: 1 })).toThrow('[min] axis 1 of x [2,0] holds no element to choose from');
    expect(() => argMin(x, { axes: 1 })).toThrow(ShapeError);
    expect(apply(engine, (y) => variance(y), [3])).toEqual([NaN]);
    expect(apply(engine, (y) => variance(y, { correction: 0 }), [3])).toEqual([0]);
    expect(apply(engine, (y) => variance(y, { correction: 3 }), [1, 2])).toEqual([Infinity]);
  });

  it('argMin takes the first of equals and the first NaN', () => {
    expect(apply(engine, (x) => argMin(x), [2, 1, 3, 1, 5, 1, 7, 8, 9, 1])).toEqual([1]);
    expect(apply(engine, (x) => argMin(x), [2, 1, 3, NaN, 5, 1, 7, NaN, -9])).toEqual([3]);
  });

  it('logSumExp survives large and missing logits', () => {
    expect(apply(engine, (x) => logSumExp(x), [1e30, -Infinity, 0])).toEqual([Math.fround(1e30)]);
    expect(apply(engine, (x) => logSumExp(x), [1000, 1000])).toEqual([Math.fround(1000 + Math.LN2)]);
    expect(apply(engine, (x) => logSumExp(x), [-Infinity, -Infinity])).toEqual([-Infinity]);
    expect(apply(engine, (x) => logSumExp(x), [-Infinity, Infinity])).toEqual([Infinity]);
  });

  it('the variance of what differs in its last digits only', () => {
    // Whole numbers from 2²³ on are all that float32 has there.
    const values = Array.from({ length: 1000 }, (_value, i) => 2 ** 23 + (i % 4));
    expect(apply(engine, (x) => variance(x, { correction: 0 }), values)).toEqual([1.25]);
  });

  it('a running sum is rounded once for each element', () => {
    const values = [2 ** 24, ...new Array<number>(6).fill(1)];
    const expected = values.map((_, i) => Math.fround(2 ** 24 + i));
    expect(apply(engine, (x) => cumsum(x, 0), values)).toEqual(expected);
    using x = tensor([[2 ** 31 - 1], [1], [5]], { dtype: 'int32', engine });
    expect([...readSync(cumsum(x, 0))]).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 5]);
  });

  it('a sum loses nothing to its size', () => {
    const size = 300_000;
    const values = Float32Array.from({ length: size }, (_value, i) => (i === 0 ? 2 ** 26 : 1));
    using x = fromArray(values, [size], { engine });
    expect(readSync(sum(x))[0]).toBe(Math.fround(2 ** 26 + size - 1));
  });

  it('softmax survives large and missing logits', () => {
    expect(apply(engine, (x) => softmax(x, 0), [1e30, 1e30, -Infinity, 0])).toEqual([0.5, 0.5, 0, 0]);
    expect(apply(engine, (x) => logSoftmax(x, 0), [1000, 0])).toEqual([0, -1000]);
  });

  it('a vector of zeros stays when it is normalised', () => {
    expect(apply(engine, (x) => l2Normalize(x, 0, { eps: 1e-5 }), [0, 0, 0])).toEqual([0, 0, 0]);
  });

  it('crossEntropy is NaN when no label counts', () => {
    using logits = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { engine },
    );
    using target = tensor([255, 255], { dtype: 'int32', engine });
    expect(readSync(crossEntropy(logits, target, { ignoreIndex: 255 }))[0]).toBeNaN();
  });

  it('groupNorm and batchNormTraining hold on to what a large mean leaves', () => {
    const values = Float32Array.from({ length: 64 }, (_value, i) => 1000 + (i % 4) / 4);
    using x = fromArray(values, [1, 1, 64], { engine });
    const deviation = Math.sqrt(5 / 64 + 1e-5);
    const expected = [-0.375, -0.125, 0.125, 0.375].map((value) => value / deviation);
    for (const y of [groupNorm(x, 1), batchNormTraining(x)]) {
      for (const [i, value] of [...readSync(y)].slice(0, 4).entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
    }
  });

  it('refuses what does not fit', () => {
    using x = zeros([2, 6, 3], { engine });
    using labels = zeros([2, 3], { dtype: 'int32', engine });
    expect(() => groupNorm(x, 4)).toThrow('[groupNorm] the 6 channels do not divide into 4 groups; got x [2,6,3]');
    expect(() => groupNorm(zeros([3, 2], { engine }), 2)).toThrow('one element has no variance to normalise by');
    expect(() => div(labels as Tensor as Tensor<readonly [2, 3], 'float32'>, 2)).toThrow(DTypeError);
    expect(() => where(labels as Tensor as Tensor<readonly [2, 3], 'bool'>, 1, 2)).toThrow(
      '[where] the condition must be bool',
    );
    expect(() => clamp(labels, 0.5, 2)).toThrow(
      '[clamp] the bounds of an int32 tensor must be whole numbers within int32, got 0.5 and 2',
    );
    expect(() => clamp(labels, 3e9, Infinity)).toThrow(
      'must be whole numbers within int32, got 3000000000 and Infinity',
    );
    using noPixels = zeros([1, 1, 0, 4], { engine });
    expect(() => maxPool2d(noPixels, 2, { padding: 1 })).toThrow('[maxPool2d] x [1,1,0,4] has no pixels to pool');
    expect(() => avgPool2d(noPixels, 2, { padding: 1 })).toThrow('[avgPool2d] x [1,1,0,4] has no pixels to pool');
    const word: string = 'erf';
    expect(() => gelu(x, { approximate: word as 'none' })).toThrow(
      new RangeError('[gelu] approximate is erf, and has to be none or tanh'),
    );
    expect(() => norm(x, { p: 0 })).toThrow(new RangeError('[norm] p must be above 0, got 0'));
    expect(() => prod(labels as Tensor as Tensor<readonly [2, 3], 'float32'>)).toThrow(
      '[prod] takes float32 or float64 tensors, got int32; cast it first',
    );
    expect(() => softmax(x as Tensor<readonly number[], 'float32'>, 3)).toThrow(
      '[softmax] axis 3 is out of range for x [2,6,3]',
    );
  });
});

it('a label that is no class is an error on reference and NaN on wasm', () => {
  const loss = (engine: Engine) =>
    scope(() => {
      const target = tensor([1, 3], { dtype: 'int32', engine });
      return readSync(crossEntropy(zeros([2, 3], { engine }), target))[0];
    });
  expect(() => loss(defaultEngine())).toThrow(
    '[nllLoss] target holds the label 3: classes run from 0 to 2, and -100 is ignored',
  );
  expect(loss(wasmEngine)).toBeNaN();
});

// What a result may be off, in units of the last place of the exact value.
it.each([
  ['exp', exp, Math.exp, 87, 1],
  ['log', log, Math.log, 1e6, 1],
  ['sigmoid', sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), 40, 2.5],
  ['tanh', tanh, Math.tanh, 9, 1.5],
  ['log1p', (x: Vector) => log1p(abs(x)), (x: number) => Math.log1p(Math.abs(x)), 1e6, 2],
  ['reciprocal', reciprocal, (x: number) => 1 / x, 1e6, 0.51],
  ['sin', sin, Math.sin, 1.5, 1.5],
  ['cos', cos, Math.cos, 1.5, 1.5],
  ['erf', erf, errorFunction, 5, 1.5],
  ['pow', (x: Vector) => pow(abs(x), 1.3), (x: number) => Math.abs(x) ** Math.fround(1.3), 1e20, 0.51],
  ['a power of large exponent', (x: Vector) => pow(1.001, x), (x: number) => Math.fround(1.001) ** x, 8e4, 0.52],
  ['softplus', softplus, (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 40, 2],
] as const)('%s is accurate on wasm', (_, f, exact, range, units) => {
  // From the whole range to near 0, evenly on a logarithmic scale.
  const x = Array.from({ length: 40_000 }, (_value, i) => {
    const size = Math.fround(range * 10 ** (-6 * (i / 40_000)));
    return i % 2 === 0 || f === log ? size : -size;
  });
  let worst = 0;
  for (const [i, y] of apply(wasmEngine, f, x).entries()) {
    const wanted = exact(x[i] ?? NaN);
    const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(wanted))) - 23, -149);
    if (wanted !== 0) worst = Math.max(worst, Math.abs(y - wanted) / unit);
  }
  expect(worst).toBeLessThan(units);
});
