import { checkpoint } from '@hypercorr/autograd';
import { backboneNames, type BackboneName } from '@hypercorr/vision';
import { HSNet, hypercorrelation, kernelNames, type Features, type KernelName } from '@hypercorr/hsnet';
import { Adam, Sequential, lossAndGradients } from '@hypercorr/nn';
import {
  crossEntropy,
  fromArray,
  key,
  mul,
  noGrad,
  normal,
  reshape,
  resizeBilinear,
  scope,
  uniform,
  type Engine,
} from '@hypercorr/tensor';
import { sizeAt } from '@hypercorr/tensor/op';
import type { BenchCase } from './case.ts';

/** A model, and the images for the measurement. */
interface Setting {
  readonly backbone: BackboneName;
  /** Height and width of query and support. */
  readonly size: number;
  readonly kernel: KernelName;
}

/** HSNet and an episode for it, with random weights and images. */
class Episode {
  readonly engine: Engine;
  readonly size: number;
  readonly model: HSNet;
  readonly query: ReturnType<typeof imagesOf>;
  readonly support: ReturnType<typeof imagesOf>;

  constructor({ backbone, size, kernel }: Setting, engine: Engine) {
    this.engine = engine;
    this.size = size;
    this.model = new HSNet({ backbone, kernel, key: key(0), engine }).eval();
    this.query = imagesOf(1, size, engine);
    this.support = imagesOf(2, size, engine);
  }
}

const imagesOf = (seed: number, size: number, engine: Engine) => normal(key(seed), [1, 3, size, size], { engine });

/** A centred square that covers a share of the support, `[1, size, size]`. */
function maskOf({ size, engine }: Episode, share: number) {
  const side = Math.round(size * Math.sqrt(share));
  const first = Math.floor((size - side) / 2);
  const inside = (i: number): boolean => i >= first && i < first + side;
  const mask = Float32Array.from({ length: size * size }, (_, i) =>
    Number(inside(Math.floor(i / size)) && inside(i % size)),
  );
  return fromArray(mask, [1, size, size], { engine });
}

/** Prepares an episode and returns what to time. */
type Setup = (episode: Episode) => () => unknown;

/** How much of the support the mask covers. */
const shares = { quarter: 0.25, whole: 1 } as const;

function supportsOf(episode: Episode, shots: number, share: number) {
  const { support, size } = episode;
  const shot = { image: reshape(support, [3, size, size]), mask: reshape(maskOf(episode, share), [size, size]) };
  return Array.from({ length: shots }, () => shot);
}

/**
 * One query and the given number of supports. The supports' features are part of the time; the query's features are
 * computed once.
 */
const inference =
  (shots: number, share: number): Setup =>
  (episode) => {
    const { model, query, size } = episode;
    const supports = supportsOf(episode, shots, share);
    const image = reshape(query, [3, size, size]);
    return () => {
      using prepared = model.prepare(supports);
      model.segment(image, prepared);
    };
  };

/** A new query on prepared supports. */
const preparedInference =
  (shots: number): Setup =>
  (episode) => {
    const { model, query, size } = episode;
    const prepared = model.prepare(supportsOf(episode, shots, shares.quarter));
    const image = reshape(query, [3, size, size]);
    return () => model.segment(image, prepared);
  };

const levels = ['deep', 'middle', 'shallow'] as const satisfies readonly (keyof Features)[];

/** The correlations of all levels, masking included, from existing feature maps. */
const correlations =
  (share: number): Setup =>
  (episode) => {
    const { model, query, support, size } = episode;
    const features: { readonly query: Features; readonly support: Features } = scope(() => ({
      query: model.features(query),
      support: model.features(support),
    }));
    const plane = reshape(maskOf(episode, share), [1, 1, size, size]);
    return () => {
      for (const level of levels) {
        const maps = features.support[level];
        const [, , hs = 0, ws = 0] = maps[0]?.shape ?? [];
        const resized = resizeBilinear(plane, [hs, ws], { alignCorners: true });
        hypercorrelation(
          features.query[level],
          maps.map((map) => mul(map, resized)),
        );
      }
    };
  };

/** The learner on correlations without zeros. */
const learner: Setup = ({ model, query, engine }) => {
  const sides = scope(() => levels.map((level) => model.features(query)[level].map(({ shape }) => sizeAt(shape, 2))));
  const dense = (level: number) => {
    const [taps, side] = [sides[level]?.length ?? 0, sides[level]?.[0] ?? 0];
    return uniform(key(3 + level), [1, taps, side, side, side, side], { engine });
  };
  const pyramid = { deep: dense(0), middle: dense(1), shallow: dense(2) };
  return () => noGrad(() => model.hpn_learner.forward(pyramid));
};

/** Keeps only the inputs of the learner's blocks, and computes the rest again on the way back. */
const recomputing =
  (setup: Setup): Setup =>
  (episode) => {
    for (const block of Object.values(episode.model.hpn_learner)) {
      if (block instanceof Sequential) block.forward = checkpoint(block.forward.bind(block));
    }
    return setup(episode);
  };

const trainStep: Setup = (episode) => {
  const { model, query, support, size, engine } = episode;
  model.train();
  const mask = maskOf(episode, shares.quarter);
  const labels = fromArray(
    Int32Array.from({ length: size * size }, (_, i) => Number(i % 10 < 3)),
    [1, size, size],
    { engine },
  );
  const optimizer = new Adam(model.trainableParameters(), { learningRate: 1e-3 });
  return () => {
    const { gradients } = lossAndGradients(model.trainableParameters(), () =>
      crossEntropy(model.forward(query, support, mask), labels),
    );
    optimizer.step(gradients);
  };
};

const setups: Readonly<Record<string, Setup>> = {
  features:
    ({ model, query }) =>
    () =>
      model.features(query),
  hypercorrelation: correlations(shares.quarter),
  'hypercorrelation-whole-mask': correlations(shares.whole),
  learner,
  'train-step-b1': trainStep,
  'train-step-b1-checkpoint': recomputing(trainStep),
};

/** `infer-5shot`, `infer-1shot-whole-mask`, `infer-prepared-1shot`: any number of shots. */
function setupOf(name: string): Setup | undefined {
  const [, prepared, shots, wholeMask] = /^infer-(prepared-)?([1-9]\d*)shot(-whole-mask)?$/.exec(name) ?? [];
  if (shots === undefined) return setups[name];
  if (prepared === undefined) return inference(Number(shots), wholeMask === undefined ? shares.quarter : shares.whole);
  return wholeMask === undefined ? preparedInference(Number(shots)) : undefined;
}

/**
 * The case of a name: the measured part, the backbone, the size and, unless it is center-pivot, the learner's kernel,
 * as in `learner.resnet50.400.full`. The mask covers a quarter of the support, or with `-whole-mask` all of it.
 */
export function episodeCase(name: string): BenchCase | undefined {
  const [part = '', backboneName, sizeText = '', kernelName = 'center-pivot', ...rest] = name.split('.');
  const backbone = backboneNames.find((known) => known === backboneName);
  const kernel = kernelNames.find((known) => known === kernelName);
  const setup = setupOf(part);
  if (
    backbone === undefined ||
    kernel === undefined ||
    setup === undefined ||
    !/^[1-9]\d*$/.test(sizeText) ||
    rest.length > 0
  )
    return undefined;
  const setting = { backbone, kernel, size: Number(sizeText) };
  return {
    name,
    flops: 0,
    prepare(engine) {
      const compute = setup(new Episode(setting, engine));
      return () => void scope(() => void compute());
    },
  };
}

/** The episode cases that run when no case is named. */
export const episodeCaseNames = [
  ...['infer-1shot', 'infer-1shot-whole-mask', 'infer-prepared-1shot', 'infer-5shot', 'features'],
  ...['hypercorrelation', 'hypercorrelation-whole-mask', 'learner', 'train-step-b1', 'train-step-b1-checkpoint'],
]
  .map((part) => `${part}.resnet50.400`)
  .concat('learner.resnet50.400.full', 'learner.resnet50.400.separable');
