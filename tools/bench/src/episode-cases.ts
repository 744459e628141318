import { checkpoint } from '@hypercorr/autograd';
import { HSNet, hypercorrelation, type Features, type Pyramid } from '@hypercorr/hsnet';
import { Adam, Sequential, lossAndGradients } from '@hypercorr/nn';
import { crossEntropy, fromArray, key, mul, noGrad, normal, reshape, resizeBilinear, scope, uniform, type Engine } from '@hypercorr/tensor';
import type { BenchCase } from './case.ts';

const backbone = 'resnet50';
const size = 400;
const image = [1, 3, size, size] as const;

/** HSNet and an episode for it, with random weights, images and labels. */
class Episode {
  readonly model: HSNet;
  readonly query: ReturnType<typeof images>;
  readonly support: ReturnType<typeof images>;

  constructor(engine: Engine) {
    this.model = new HSNet({ backbone, key: key(0), engine });
    this.query = images(1, engine);
    this.support = images(2, engine);
  }
}

const images = (seed: number, engine: Engine) => normal(key(seed), image, { engine });

/** One for each engine: the weights take 100 MB. */
const episodes = new WeakMap<Engine, Episode>();

function episodeOn(engine: Engine): Episode {
  const episode = episodes.get(engine) ?? new Episode(engine);
  episodes.set(engine, episode);
  return episode;
}

/** A centred square that covers `share` of the support, `[1, 400, 400]`. */
function maskOf(share: number, engine: Engine) {
  const side = Math.round(size * Math.sqrt(share));
  const [first, last] = [(size - side) / 2, (size + side) / 2];
  const mask = Float32Array.from({ length: size * size }, (_, i) => {
    const [y, x] = [Math.floor(i / size), i % size];
    return Number(y >= first && y < last && x >= first && x < last);
  });
  return fromArray(mask, [1, size, size], { engine });
}

type Setup = (episode: Episode, engine: Engine) => () => unknown;

const episodeCase = (name: string, setup: Setup): BenchCase => ({
  name: `${name}.${backbone}.${size}`,
  flops: 0,
  prepare(engine) {
    const compute = setup(episodeOn(engine), engine);
    return () => void scope(() => void compute());
  },
});

/** One query and as many supports; the supports' features are part of it, the query's are computed once. */
const inference =
  (shots: number, share: number): Setup =>
  ({ model, query, support }, engine) => {
    const mask = reshape(maskOf(share, engine), [size, size]);
    const [queryImage, supportImage] = [reshape(query, [3, size, size]), reshape(support, [3, size, size])];
    return () => {
      using prepared = model.prepare(Array.from({ length: shots }, () => ({ image: supportImage, mask })));
      model.segment(queryImage, prepared);
    };
  };

const levels = ['deep', 'middle', 'shallow'] as const satisfies readonly (keyof Pyramid<unknown>)[];

/** The correlations of all levels, from feature maps that are there, masking included. */
const correlations =
  (share: number): Setup =>
  ({ model, query, support }, engine) => {
    const features: { readonly query: Features; readonly support: Features } = scope(() => ({
      query: model.features(query),
      support: model.features(support),
    }));
    const plane = reshape(maskOf(share, engine), [1, 1, size, size]);
    return () => {
      for (const level of levels) {
        const maps = features.support[level];
        const [, , hs = 0, ws = 0] = maps[0]?.shape ?? [];
        const mask = resizeBilinear(plane, [hs, ws], { alignCorners: true });
        hypercorrelation(features.query[level], maps.map((map) => mul(map, mask)));
      }
    };
  };

const learner: Setup = ({ model }, engine) => {
  const { deep, middle, shallow } = model.backbone.taps;
  const dense = (seed: number, taps: number, side: number) => uniform(key(seed), [1, taps, side, side, side, side], { engine });
  const pyramid = { deep: dense(3, deep, 13), middle: dense(4, middle, 25), shallow: dense(5, shallow, 50) };
  return () => noGrad(() => model.hpn_learner.forward(pyramid));
};

/** A model whose learner keeps only what goes into its blocks, and computes them again on the way back. */
function recomputing(engine: Engine): HSNet {
  const model = new HSNet({ backbone, key: key(0), engine });
  for (const block of Object.values(model.hpn_learner)) {
    if (block instanceof Sequential) block.forward = checkpoint(block.forward.bind(block));
  }
  return model;
}

const trainStep = (modelOf: (episode: Episode, engine: Engine) => HSNet): Setup => (episode, engine) => {
  const { query, support } = episode;
  const model = modelOf(episode, engine);
  const mask = maskOf(0.25, engine);
  const labels = fromArray(Int32Array.from({ length: size * size }, (_, i) => Number(i % 10 < 3)), [1, size, size], { engine });
  const optimizer = new Adam(model.trainableParameters(), { learningRate: 1e-3 });
  return () => {
    const { gradients } = lossAndGradients(model.trainableParameters(), () => crossEntropy(model.forward(query, support, mask), labels));
    optimizer.step(gradients);
  };
};

/** An episode of HSNet, whole and in parts. The mask covers a quarter of the support, or with `whole-mask` all of it. */
export const episodeCases: readonly BenchCase[] = [
  episodeCase('infer-1shot', inference(1, 0.25)),
  episodeCase('infer-1shot-whole-mask', inference(1, 1)),
  episodeCase('infer-5shot', inference(5, 0.25)),
  episodeCase('features', ({ model, query }) => () => model.features(query)),
  episodeCase('hypercorrelation', correlations(0.25)),
  episodeCase('hypercorrelation-whole-mask', correlations(1)),
  episodeCase('learner', learner),
  episodeCase('train-step-b1', trainStep(({ model }) => model)),
  episodeCase('train-step-b1-checkpoint', trainStep((_, engine) => recomputing(engine))),
];
