import { HPNLearner, HSNet } from '@hypercorr/hsnet';
import { lossAndGradients } from '@hypercorr/nn';
import { cast, crossEntropy, greater, read, relu, reshape, scope, type Engine, type Tensor } from '@hypercorr/tensor';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import learnerUrl from '../../../fixtures/hpn-learner.safetensors?inline';
import { fill, filler } from '../../../packages/vision/test/support/fill.ts';
import { difference } from '../src/compare.ts';
import { reference, startEngine, stopEngine } from '../src/engines.ts';
import { openFixtures } from '../src/fixtures/data.ts';
import type { HostResult } from '../src/host.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

/** float32 sums in another order after up to forty layers and norms, of the largest element. */
const tolerance = 1e-4;

const onHost = async (x: Tensor): Promise<HostResult> => ({ shape: x.shape, dtype: x.dtype, data: await read(x) });

/**
 * A third of a second in WebAssembly is half a minute where a GPU is drawn by software, or its kernels are plain loops:
 * those modes get the small model, and the mode `webasm` holds the same kernels to PyTorch's logits.
 */
const slow = settings.kind === 'gpu' && settings.mode !== 'webasm';

/** Itself what is compared with: packages/hsnet holds it against PyTorch's logits, gradients and losses. */
const isReference = settings.kind === 'reference';

test.skipIf(slow || isReference)("the learner's logits are PyTorch's", async () => {
  const fixtures = await openFixtures(learnerUrl, 'hpn-learner.safetensors');
  const [deep, middle, shallow] = [3, 6, 4];
  using learner = new HPNLearner({ taps: { deep, middle, shallow }, key: null, engine });
  fill(learner);
  const correlations = (level: string, taps: number, size: number) =>
    relu(filler(`learner/${level}`, [2, taps, size, size, size, size], engine));
  using logits = scope(() =>
    learner.forward({
      deep: correlations('deep', deep, 4),
      middle: correlations('middle', middle, 7),
      shallow: correlations('shallow', shallow, 13),
    }),
  );
  expect(difference(fixtures.expected('logits'), await onHost(logits), tolerance)).toBeUndefined();
});

/** At the front of the learner and at its end: the gradient of the first passes all that lies between. */
const watched = [
  'hpn_learner.encoder_layer2.0.conv2.weight',
  'hpn_learner.encoder_layer3to2.7.bias',
  'hpn_learner.decoder2.2.weight',
];

/** One prediction with a small model, and the loss and gradients for a step of training. */
async function run(on: Engine): Promise<Record<string, HostResult>> {
  using model = new HSNet({ backbone: 'tiny', key: null, engine: on });
  fill(model);
  const found = scope(() => {
    const query = filler('query', [1, 3, 32, 32], on);
    const support = filler('support', [1, 3, 32, 32], on);
    const masks = cast(greater(filler('mask', [1, 32, 32], on), 0), 'float32');
    const target = cast(greater(filler('target', [1, 32, 32], on), 0), 'int32');
    const parameters = Object.fromEntries(
      Object.entries(model.namedParameters()).filter(([name]) => watched.includes(name)),
    );
    const { loss, gradients } = lossAndGradients(parameters, () =>
      crossEntropy(model.forward(query, support, masks), target),
    );

    using supports = model.prepare([{ image: reshape(support, [3, 32, 32]), mask: reshape(masks, [32, 32]) }]);
    const { probability, mask } = model.segment(reshape(query, [3, 32, 32]), supports);
    return { loss, ...gradients, probability, mask };
  });
  const results: Record<string, HostResult> = {};
  for (const [name, tensor] of Object.entries(found)) {
    results[name] = await onHost(tensor);
    tensor.dispose();
  }
  return results;
}

test.skipIf(isReference)(
  'a small model predicts and learns as on the reference backend',
  { timeout: 300_000 },
  async () => {
    const [expected, actual] = [await run(reference), await run(engine)];
    expect(Object.keys(actual).toSorted()).toEqual([...watched, 'loss', 'mask', 'probability'].toSorted());
    for (const [name, value] of Object.entries(expected)) {
      expect(difference(value, actual[name] ?? expect.fail(`${name} is missing`), tolerance), name).toBeUndefined();
    }
  },
);
