import { Draws } from '@hypercorr/datasets';
import type { FeatureMap, Tiny } from '@hypercorr/hsnet';
import { Adam, cosineSchedule, lossAndGradients } from '@hypercorr/nn';
import {
  add,
  childKeys,
  crossEntropy,
  fold,
  fromArray,
  item,
  key,
  scope,
  type Engine,
  type Key,
  type Tensor,
} from '@hypercorr/tensor';
import { Labelling, uncounted, type ExampleBatch, type Examples } from './examples.ts';
import { PretrainingNetwork } from './network.ts';

export interface PretrainOptions {
  readonly engine: Engine;
  readonly examples: Examples;
  readonly steps: number;
  /** Pictures a step. */
  readonly batch: number;
  /** The largest learning rate: it rises over the first steps, and falls to 0 by half a cosine. */
  readonly learningRate: number;
  readonly seed: number;
  /** Told after each step. */
  onStep(step: number, loss: number): void;
}

/**
 * Trains the `tiny` backbone from nothing to tell, at every place of each of its levels, which part of which class is
 * seen there and which texture it wears. The classifiers that tell are thrown away; their features are what is wanted.
 *
 * @returns the backbone, evaluating; the caller's to dispose
 */
export async function pretrain({
  engine,
  examples,
  steps,
  batch,
  learningRate,
  seed,
  onStep,
}: PretrainOptions): Promise<Tiny> {
  const [weightKey, dataKey] = childKeys(key(seed), 2) as [Key, Key];
  const labelling = new Labelling(examples.classes);
  const network = new PretrainingNetwork({
    parts: labelling.partCount,
    textures: labelling.textureCount,
    key: weightKey,
    engine,
  });
  using optimizer = new Adam(network, { learningRate });
  const share = cosineSchedule({ learningRate: 1, warmup, steps });
  for (let step = 0; step < steps; step += 1) {
    optimizer.learningRate = learningRate * share(step);
    const draws = new Draws(fold(dataKey, step));
    const pictures = examples.batch(draws, batch);
    using stepLoss = scope(() => {
      const { loss, gradients } = lossAndGradients(network, () =>
        pretrainingLoss(network, labelling, pictures, draws, engine),
      );
      optimizer.step(gradients);
      return loss;
    });
    onStep(step + 1, await item(stepLoss));
  }
  for (const head of network.heads) head.dispose();
  network.backbone.eval();
  return network.backbone;
}

/** Steps over which the learning rate rises. */
const warmup = 50;

/** The sum over levels of the mean cross-entropies of parts and of textures. */
function pretrainingLoss(
  network: PretrainingNetwork,
  labelling: Labelling,
  pictures: ExampleBatch,
  draws: Draws,
  engine: Engine,
): Tensor<readonly [], 'float32'> {
  const { count, size, images } = pictures;
  const input: FeatureMap = fromArray(images, [count, 3, size, size] as const, { engine });
  const losses = network.forward(input).map(({ part, texture }) => {
    const side = part.shape[2];
    const { parts, textures } = labelling.targets(pictures, side, draws);
    const target = (labels: Int32Array) => fromArray(labels, [count, side, side] as const, { engine });
    const options = { ignoreIndex: uncounted };
    return add(crossEntropy(part, target(parts), options), crossEntropy(texture, target(textures), options));
  });
  return losses.reduce((sum, loss) => add(sum, loss));
}
