import { Conv2d, Linear, Module, keyDealer } from '@hypercorr/nn';
import { Engine, matmul, relu, reshape, scope, zeros, type Tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { LayerCounter, createBackbone, type CountedOp, type CountingRule } from '../src/index.ts';
import { planningBackend } from '@hypercorr/tensor/planning';

/** Counts the layers of a model during one run. */
function countLayers<M extends Module>(
  make: (engine: Engine) => M,
  run: (model: M, engine: Engine) => void,
  rules?: Readonly<Record<string, CountingRule>>,
) {
  let observe = (_op: CountedOp): void => {};
  const engine = new Engine(planningBackend((op) => observe(op)));
  using model = make(engine);
  const counter = new LayerCounter(model, rules);
  observe = (op) => counter.count(op);
  scope(() => run(model, engine));
  return counter.layers;
}

/** A convolution, a linear layer, and a product of what they compute with itself. */
class Small extends Module {
  readonly conv: Conv2d;
  readonly linear: Linear;

  constructor(engine: Engine) {
    super();
    const nextKey = keyDealer(null);
    this.conv = new Conv2d({ inChannels: 4, outChannels: 6, kernel: 3, padding: 1, groups: 2, key: nextKey(), engine });
    this.linear = new Linear({ inFeatures: 6, outFeatures: 10, key: nextKey(), engine });
  }

  forward(x: Tensor<readonly [number, number, number, number], 'float32'>) {
    const y = relu(this.conv.forward(x));
    const rows = this.linear.forward(reshape(y, [35, 6]));
    return matmul(rows, rows, { transposeB: true });
  }
}

const runSmall = (model: Small, engine: Engine) => void model.forward(zeros([1, 4, 5, 7], { engine }));

test('layers are counted by their formulas', () => {
  const layers = countLayers((engine) => new Small(engine), runSmall);
  expect(layers).toEqual([
    // Every output sums over 3×3 places of the two channels in its group.
    { name: 'conv', output: [1, 6, 5, 7], params: 6 * 18 + 6, macs: 6 * 35 * 18, activationBytes: 4 * 6 * 35 },
    { name: 'linear', output: [35, 10], params: 70, macs: 350 * 6, activationBytes: 4 * 350 },
  ]);
});

test('a rule names a layer without weights', () => {
  const matmulOf = ({ inputs }: CountedOp) => (inputs['b']?.shape[0] === 35 ? 'attention' : undefined);
  const layers = countLayers((engine) => new Small(engine), runSmall, {
    matmul: { multiplyAdds: () => 35 * 35 * 10, layer: matmulOf },
  });
  expect(layers.at(-1)).toEqual({
    name: 'attention',
    output: [35, 35],
    params: 0,
    macs: 12250,
    activationBytes: 4 * 35 * 35,
  });
});

test('a batch norm that is folded has parameters and no output; a layer that runs twice counts once', () => {
  const run = (times: number) =>
    countLayers(
      (engine) => createBackbone('tiny', { key: null, engine }),
      (backbone, engine) => {
        for (let i = 0; i < times; i += 1) backbone.features(zeros([1, 3, 32, 48], { engine }), ['layer1.0']);
      },
    );
  const layers = run(1);
  const layer = (name: string) => layers.find((each) => each.name === name);
  expect(layer('conv1')).toEqual({
    name: 'conv1',
    output: [1, 16, 16, 24],
    params: 16 * 27,
    macs: 16 * 27 * 16 * 24,
    activationBytes: 4 * 16 * 16 * 24,
  });
  expect(layer('bn1')).toEqual({ name: 'bn1', output: undefined, params: 32, macs: 0, activationBytes: 0 });
  expect(layer('layer2.0.conv1')).toMatchObject({ output: undefined, macs: 0 });
  expect(run(2)).toEqual(layers);
});
