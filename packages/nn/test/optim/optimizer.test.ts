import {
  Engine,
  GradientError,
  ShapeError,
  add,
  defaultEngine,
  fromArray,
  mul,
  readSync,
  retain,
  scope,
  sum,
  tensor,
  type Tensor,
} from '@hypercorr/tensor';
import { describe, expect, test, vi } from 'vitest';
import {
  Adam,
  AdamW,
  Parameter,
  SGD,
  lossAndGradients,
  parseSafetensors,
  serialiseTensors,
  type NamedParameters,
  type Optimizer,
} from '../../src/index.ts';
import { fillerValues } from '../support/filler.ts';
import { relativeDistance, tolerance } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

const kinds: Readonly<Record<string, (parameters: NamedParameters) => Optimizer>> = {
  sgd: (p) => new SGD(p, { learningRate: 0.1 }),
  momentum: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 }),
  adam: (p) => new Adam(p, { weightDecay: 0.01 }),
  adamw: (p) => new AdamW(p),
};

const withFactors: Readonly<
  Record<
    string,
    (parameters: NamedParameters, learningRate: number, learningRateFactor?: (name: string) => number) => Optimizer
  >
> = {
  sgd: (p, learningRate, learningRateFactor) =>
    new SGD(p, { learningRate, learningRateFactor, momentum: 0.9, weightDecay: 0.01 }),
  adam: (p, learningRate, learningRateFactor) => new Adam(p, { learningRate, learningRateFactor, weightDecay: 0.01 }),
  adamw: (p, learningRate, learningRateFactor) => new AdamW(p, { learningRate, learningRateFactor }),
};

/** Two parameters of different sizes. */
function parameters(): { weight: Parameter; bias: Parameter } {
  return {
    weight: new Parameter(fromArray(fillerValues('weight', 6), [2, 3])),
    bias: new Parameter(fromArray(fillerValues('bias', 3), [3])),
  };
}

/** A loss that both parameters matter to. */
function loss({ weight, bias }: { weight: Parameter; bias: Parameter }): Tensor {
  const y = add(mul(weight.value, weight.value), bias.value);
  return sum(mul(y, y));
}

function train(trained: ReturnType<typeof parameters>, optimizer: Optimizer, steps: number): void {
  for (let i = 0; i < steps; i += 1)
    scope(() => optimizer.step(lossAndGradients(trained, () => loss(trained)).gradients));
}

function disposeAll(...owners: readonly { dispose(): void }[]): void {
  for (const owner of owners) owner.dispose();
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  test('goes on from its state, through a file, bit for bit', async () => {
    const through = parameters();
    const unbroken = make(through);
    train(through, unbroken, 7);

    const first = parameters();
    const before = make(first);
    train(first, before, 3);
    const file = parseSafetensors(await serialiseTensors(before.stateDict()));
    const resumed = make(first);
    const state = file.tensors();
    expect(await resumed.loadStateDict(state)).toEqual({ missing: [], unexpected: [], misshaped: [] });
    for (const t of Object.values(state)) t.dispose();
    expect(resumed.stepsDone).toBe(3);
    train(first, resumed, 4);

    expect(readSync(first.weight.value)).toEqual(readSync(through.weight.value));
    expect(readSync(first.bias.value)).toEqual(readSync(through.bias.value));
    disposeAll(unbroken, before, resumed, first.weight, first.bias, through.weight, through.bias);
  });

  test('holds as much after many steps as after the first', () => {
    const trained = parameters();
    const optimizer = make(trained);
    const sizes = Array.from({ length: 5 }, () => {
      train(trained, optimizer, 1);
      const { tensors, bytes } = defaultEngine().memory();
      return `${tensors} tensors, ${bytes} bytes`;
    });
    expect(new Set(sizes).size).toBe(1);
    disposeAll(optimizer, trained.weight, trained.bias);
  });

  test('leaves gradients and values of others alone', () => {
    const trained = parameters();
    const optimizer = make(trained);
    scope(() => {
      const old = retain(trained.weight.value);
      const elements = readSync(old);
      const { gradients } = lossAndGradients(trained, () => loss(trained));
      optimizer.step(gradients);
      expect(Object.values(gradients).map(({ disposed }) => disposed)).toEqual([false, false]);
      expect(readSync(old)).toEqual(elements);
      expect(readSync(trained.weight.value)).not.toEqual(elements);
    });
    disposeAll(optimizer, trained.weight, trained.bias);
  });
});

test.each(Object.entries(withFactors))(
  '%s with factors of the learning rate walks as an optimiser for each rate does',
  (_, make) => {
    const [together, apart] = [parameters(), parameters()];
    const one = make({ weight: together.weight, bias: together.bias }, 0.08, (name) => (name === 'bias' ? 0.25 : 1));
    const two = [make({ weight: apart.weight }, 0.08), make({ bias: apart.bias }, 0.02)] as const;
    for (const rate of [0.08, 0.04, 0.05]) {
      one.learningRate = rate;
      two[0].learningRate = rate;
      two[1].learningRate = 0.25 * rate;
      train(together, one, 2);
      for (let i = 0; i < 2; i += 1) {
        scope(() => {
          const { weight, bias } = lossAndGradients(apart, () => loss(apart)).gradients;
          if (weight !== undefined) two[0].step({ weight });
          if (bias !== undefined) two[1].step({ bias });
        });
      }
    }
    // A quarter is exact, and so is every bit.
    expect(readSync(together.weight.value)).toEqual(readSync(apart.weight.value));
    expect(readSync(together.bias.value)).toEqual(readSync(apart.bias.value));
    disposeAll(one, ...two, together.weight, together.bias, apart.weight, apart.bias);
  },
);

test('a step runs few operations a parameter', () => {
  const trained = parameters();
  const counts: Record<string, number> = {};
  const run = vi.spyOn(defaultEngine().backend, 'run');
  for (const [name, make] of Object.entries(kinds)) {
    const optimizer = make(trained);
    scope(() => {
      const { gradients } = lossAndGradients(trained, () => loss(trained));
      run.mockClear();
      optimizer.step(gradients);
      optimizer.step(gradients);
    });
    // Two steps of two parameters.
    counts[name] = run.mock.calls.length / 4;
    optimizer.dispose();
  }
  run.mockRestore();
  // The first step of the momentum does not scale its gradient.
  expect(counts).toEqual({ sgd: 2, momentum: 6.5, adam: 5, adamw: 3 });
  disposeAll(trained.weight, trained.bias);
});

test('SGD with dampening takes the first gradient whole', () => {
  using p = new Parameter(tensor([1, -2]));
  using optimizer = new SGD({ p }, { learningRate: 0.5, momentum: 0.9, dampening: 0.25, weightDecay: 0.1 });
  let [value, velocity] = [
    [1, -2],
    [0, 0],
  ];
  for (const [step, gradient] of [
    [0.5, 1],
    [-1, 2],
    [3, 0.25],
  ].entries()) {
    scope(() => optimizer.step({ p: tensor(gradient) }));
    velocity = velocity.map((v, i) => {
      const g = (gradient[i] ?? 0) + 0.1 * (value[i] ?? 0);
      return step === 0 ? g : 0.9 * v + 0.75 * g;
    });
    value = value.map((x, i) => x - 0.5 * (velocity[i] ?? 0));
    expect(relativeDistance(readSync(p.value), value)).toBeLessThanOrEqual(tolerance);
  }
});

test('Adam counts ε as PyTorch does, where it matters', () => {
  const [rate, beta1, beta2, eps] = [0.5, 0.8, 0.9, 0.1];
  using p = new Parameter(tensor([1, -2]));
  using optimizer = new Adam({ p }, { learningRate: rate, betas: [beta1, beta2], eps });
  let [value, m, v] = [
    [1, -2],
    [0, 0],
    [0, 0],
  ];
  for (const [i, gradient] of [
    [0.05, 0.1],
    [-0.1, 0.2],
    [0.3, 0.025],
  ].entries()) {
    scope(() => optimizer.step({ p: tensor(gradient) }));
    m = m.map((before, k) => beta1 * before + (1 - beta1) * (gradient[k] ?? 0));
    v = v.map((before, k) => beta2 * before + (1 - beta2) * (gradient[k] ?? 0) ** 2);
    const [bias1, bias2] = [1 - beta1 ** (i + 1), 1 - beta2 ** (i + 1)];
    value = value.map((x, k) => x - ((rate / bias1) * (m[k] ?? 0)) / (Math.sqrt(v[k] ?? 0) / Math.sqrt(bias2) + eps));
    expect(relativeDistance(readSync(p.value), value)).toBeLessThanOrEqual(tolerance);
  }
});

test('AdamW takes away a share of the value, whatever the gradient is', () => {
  using p = new Parameter(tensor([8, -4]));
  using optimizer = new AdamW({ p }, { learningRate: 0.5, weightDecay: 0.25 });
  scope(() => optimizer.step({ p: tensor([0, 0]) }));
  expect(readSync(p.value)).toEqual(new Float32Array([7, -3.5]));
  // A step of Adam is the learning rate, here against a gradient of any size; the decay goes with the rate.
  optimizer.learningRate = 0.125;
  using large = new Parameter(tensor([7, -3.5]));
  using fresh = new AdamW({ large }, { learningRate: 0.125, weightDecay: 0.25, eps: 0 });
  scope(() => fresh.step({ large: tensor([1e6, 1e6]) }));
  expect(
    relativeDistance(readSync(large.value), [7 - 0.125 * 0.25 * 7 - 0.125, -3.5 + 0.125 * 0.25 * 3.5 - 0.125]),
  ).toBeLessThanOrEqual(tolerance);
});

test('the learning rate may change between steps', () => {
  using p = new Parameter(tensor([1]));
  using optimizer = new SGD({ p }, { learningRate: 1 });
  scope(() => optimizer.step({ p: tensor([0.25]) }));
  optimizer.learningRate = 2;
  scope(() => optimizer.step({ p: tensor([0.25]) }));
  expect(readSync(p.value)).toEqual(new Float32Array([0.25]));
});

test('states are named after what they are of', async () => {
  const trained = parameters();
  const adam = new Adam(trained);
  const momentum = new SGD(trained, { learningRate: 1, momentum: 0.5 });
  expect(Object.keys(adam.stateDict())).toEqual([
    'step',
    'exp_avg.weight',
    'exp_avg.bias',
    'exp_avg_sq.weight',
    'exp_avg_sq.bias',
  ]);
  expect(Object.keys(momentum.stateDict())).toEqual(['step', 'momentum_buffer.weight', 'momentum_buffer.bias']);
  await expect(adam.loadStateDict(momentum.stateDict())).rejects.toThrow(
    'missing: exp_avg.weight, exp_avg.bias, exp_avg_sq.weight, exp_avg_sq.bias; unexpected: momentum_buffer.weight, momentum_buffer.bias',
  );
  disposeAll(adam, momentum, trained.weight, trained.bias);
});

test('misuse', () => {
  using p = new Parameter(tensor([1, 2]));
  using q = new Parameter(tensor([1]));
  expect(() => new SGD({ p, q, tied: p }, { learningRate: 1 })).toThrow(
    new GradientError('optimizer', 'p and tied are the same parameter; name it once'),
  );
  using optimizer = new SGD({ p, q }, { learningRate: 1 });
  scope(() => {
    expect(() => optimizer.step({ p: tensor([1, 1]), r: tensor([1]) })).toThrow(
      new GradientError('step', 'gradients missing: q; of no parameter: r'),
    );
    expect(() => optimizer.step({ p: tensor([1]), q: tensor([1]) })).toThrow(
      new ShapeError('step', 'the gradient of p has shape [1], the parameter [2]'),
    );
  });
  // What fails at the second parameter has not moved the first one.
  scope(() => {
    const freed = tensor([1]);
    freed.dispose();
    expect(() => optimizer.step({ p: tensor([1, 1]), q: freed })).toThrow(
      '[step] the gradient of q was used after it was freed',
    );
    const wide = tensor([1], { dtype: 'float64' });
    expect(() => optimizer.step({ p: tensor([1, 1]), q: wide })).toThrow(
      '[step] the gradient of q is float64, the parameter float32',
    );
    const elsewhere = tensor([1], { engine: new Engine(defaultEngine().backend) });
    expect(() => optimizer.step({ p: tensor([1, 1]), q: elsewhere })).toThrow(
      '[step] the gradient of q lives on another engine',
    );
  });
  expect(readSync(p.value)).toEqual(new Float32Array([1, 2]));
  expect(() => new SGD({ p }, { learningRate: 1, nesterov: true })).toThrow('nesterov needs momentum and no dampening');
  expect(() => new Adam({})).toThrow(GradientError);
  for (const factor of [-1, NaN, Infinity]) {
    expect(() => new Adam({ p }, { learningRateFactor: () => factor })).toThrow(
      new RangeError(`[optimizer] a factor of the learning rate is a number from 0; got ${factor} for p`),
    );
  }
});
