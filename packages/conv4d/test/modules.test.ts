import { Parameter, lossAndGradients } from '@hypercorr/nn';
import { defaultEngine, key, ones, readSync, scope, square, sum, uniform, zeros, type Tensor } from '@hypercorr/tensor';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import {
  CenterPivotConv4d,
  FullConv4d,
  SeparableConv4d,
  conv4dCenterPivot,
  conv4dFull,
  type Correlation,
} from '../src/index.ts';

// Every test must leave as many tensors alive as it found.
let before = 0;
beforeEach(() => {
  before = defaultEngine().memory().tensors;
});
afterEach(() => {
  expect(defaultEngine().memory().tensors).toBe(before);
});

const options = { inChannels: 3, outChannels: 4, kernel: 3, stride: { support: 2 }, key: key(1) } as const;

const modules = [
  { name: 'FullConv4d', make: () => new FullConv4d(options) },
  { name: 'SeparableConv4d', make: () => new SeparableConv4d(options) },
  { name: 'CenterPivotConv4d', make: () => new CenterPivotConv4d(options) },
] as const;

describe('names and shapes of the state', () => {
  const shapes = (state: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]));

  test('of the full convolution', () => {
    using module = new FullConv4d({ ...options, kernel: { query: [3, 1], support: 5 } });
    expect(shapes(module.stateDict())).toEqual({ weight: [4, 3, 3, 1, 5, 5], bias: [4] });
  });

  test('of center-pivot, as in published checkpoints', () => {
    using module = new CenterPivotConv4d({ ...options, kernel: { query: 3, support: 5 } });
    expect(shapes(module.stateDict())).toEqual({
      'conv1.weight': [4, 3, 3, 3],
      'conv1.bias': [4],
      'conv2.weight': [4, 3, 5, 5],
      'conv2.bias': [4],
    });
  });

  test('of the separable one', () => {
    using module = new SeparableConv4d(options);
    const norm = (name: string) => ({
      [`${name}.weight`]: [4],
      [`${name}.bias`]: [4],
      [`${name}.running_mean`]: [4],
      [`${name}.running_var`]: [4],
      [`${name}.num_batches_tracked`]: [],
    });
    expect(shapes(module.stateDict())).toEqual({
      'query.weight': [4, 3, 3, 3],
      ...norm('query_norm'),
      'support.weight': [4, 4, 3, 3],
      ...norm('support_norm'),
    });
  });
});

describe.each(modules)('$name', ({ make }) => {
  test('takes planes of any size, one after another', () => {
    using module = make();
    module.eval();
    for (const [hq, wq, hs, ws] of [
      [5, 4, 6, 7],
      [2, 3, 1, 2],
      [4, 4, 9, 3],
      [5, 4, 6, 7],
    ] as const) {
      scope(() => {
        const y = module.forward(ones([2, 3, hq, wq, hs, ws]));
        expect(y.shape).toEqual([2, 4, hq, wq, Math.ceil(hs / 2), Math.ceil(ws / 2)]);
      });
    }
  });

  test('has a gradient for every parameter', () => {
    using module = make();
    scope(() => {
      const x = uniform(key(2), [2, 3, 3, 2, 4, 3], { min: -1, max: 1 });
      const { gradients } = lossAndGradients(module, () => sum(square(module.forward(x))));
      expect(Object.keys(gradients)).toEqual(Object.keys(module.namedParameters()));
      for (const gradient of Object.values(gradients))
        expect(readSync(gradient).some((value) => value !== 0)).toBe(true);
    });
  });

  test('draws weights from its key alone', () => {
    using first = make();
    using again = make();
    const values = (module: typeof first) => module.parameters().map(({ value }) => readSync(value));
    expect(values(first)).toEqual(values(again));
  });
});

test('weights start uniform in ±1/√(inputs of one output)', () => {
  using full = new FullConv4d({ ...options, inChannels: 2, outChannels: 8, kernel: 3 });
  using pivot = new CenterPivotConv4d({ ...options, inChannels: 2, outChannels: 60, kernel: 5 });
  const cells = [
    { cell: full.weight, fanIn: 2 * 81 },
    { cell: full.bias, fanIn: 2 * 81 },
    { cell: pivot.conv1.weight, fanIn: 2 * 25 },
    { cell: pivot.conv2.weight, fanIn: 2 * 25 },
  ];
  for (const { cell, fanIn } of cells) {
    const largest = Math.max(...readSync(cell.value).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
    // Of 8 draws and more, one is almost surely in the outer half.
    expect(largest).toBeGreaterThan(0.5 / Math.sqrt(fanIn));
  }
});

test('a stride or padding as one number is for both planes, as a record for the planes that it names', () => {
  scope(() => {
    const x = uniform(key(3), [1, 1, 5, 5, 5, 5]);
    const weight = uniform(key(4), [1, 1, 3, 3, 3, 3]);
    const shape = (window: Parameters<typeof conv4dFull>[2]) => conv4dFull(x, weight, window).shape.slice(2);
    expect(shape({})).toEqual([3, 3, 3, 3]);
    expect(shape({ stride: 2, padding: 1 })).toEqual([3, 3, 3, 3]);
    expect(shape({ stride: [1, 2], padding: 1 })).toEqual([5, 3, 5, 3]);
    expect(shape({ stride: { support: 2 }, padding: { query: [1, 0] } })).toEqual([5, 3, 2, 2]);
  });
});

test('the module of center-pivot is the function', () => {
  using module = new CenterPivotConv4d(options);
  scope(() => {
    const x = uniform(key(2), [1, 3, 3, 2, 4, 5]);
    const { conv1, conv2 } = module;
    const y = conv4dCenterPivot(x, conv1.weight.value, conv2.weight.value, { stride: { support: 2 }, padding: 1 });
    const biased = module.forward(x);
    const biases = [conv1, conv2].map(({ bias }) => (bias ? readSync(bias.value) : new Float32Array(4)));
    const positions = y.size / 4;
    for (const [i, value] of readSync(y).entries()) {
      const output = Math.floor(i / positions);
      expect(readSync(biased)[i]).toBeCloseTo(value + (biases[0]?.[output] ?? NaN) + (biases[1]?.[output] ?? NaN), 5);
    }
  });
});

test('the separable module normalises by the batch in training, and by its running statistics in evaluation', () => {
  using module = new SeparableConv4d({ ...options, inChannels: 1, outChannels: 2 });
  scope(() => {
    const x = uniform(key(5), [2, 1, 4, 3, 5, 4]);
    // Each channel has mean 0 and variance 1, which the last norm's weight and bias leave as they are.
    const y = module.forward(x);
    for (const channel of [0, 1]) {
      const values = [...readSync(y)].filter((_, i) => Math.floor(i / (y.size / 4)) % 2 === channel);
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(variance).toBeCloseTo(1, 2);
    }
    expect(readSync(module.query_norm.num_batches_tracked.value)[0]).toBe(1);
    const moved = module.support_norm.running_mean.value;
    expect(readSync(moved).some((value) => value !== 0)).toBe(true);
    module.eval();
    expect(readSync(module.forward(x))).not.toEqual(readSync(y));
    expect(module.support_norm.running_mean.value).toBe(moved);
  });
});

test('shapes are known to the compiler as far as they can be', () => {
  using pivot = new CenterPivotConv4d(options);
  using x = new Parameter(zeros([2, 3, 4, 4, 3, 3]));
  const made = scope(() => {
    const y = pivot.forward(x.value);
    expectTypeOf(y).toEqualTypeOf<Tensor<readonly [2, 4, number, number, number, number], 'float32'>>();
    const general: Tensor<Correlation, 'float32'> = y;
    return general.shape;
  });
  expect(made).toEqual([2, 4, 4, 4, 2, 2]);
});
