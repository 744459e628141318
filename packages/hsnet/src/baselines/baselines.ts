import { resizeNearest, type Episode, type EpisodeItem, type Mask, type RgbImage } from '@hypercorr/datasets';
import { forEachTensor, noGrad, scope } from '@hypercorr/tensor';
import type { HSNet } from '../hsnet.ts';
import { SegmentationScore } from '../scoring/segmentation-score.ts';
import { imageBatch, type FeatureMap } from '@hypercorr/vision';
import { colourSimilarity } from './colour-similarity.ts';
import { featureSimilarity } from './feature-similarity.ts';
import { ThresholdSearch } from './threshold-search.ts';

/** An image of an episode, as the network sees it. */
export interface ObservedImage {
  readonly image: RgbImage;
  /** 0 background, 1 foreground, 255 void; of the image's size. */
  readonly mask: Mask;
  /** The backbone's taps, [1, C, h, w] each. The caller frees them. */
  readonly features: readonly FeatureMap[];
}

export interface ObservedEpisode {
  readonly classId: number;
  /** Its mask is the truth. */
  readonly query: ObservedImage;
  readonly supports: readonly ObservedImage[];
}

export interface BaselineResult {
  readonly name: 'everything foreground' | 'support mask copied' | 'feature similarity' | 'colour similarity';
  readonly score: SegmentationScore;
  /** What was chosen in hindsight. */
  readonly setting?: string;
}

/** Bins a channel that colour histograms are tried with. */
const colourLevels = [4, 8, 16] as const;

/**
 * Scores segmentations without learning on the episodes that a model is scored on. Two of them have a threshold, which is
 * chosen in hindsight as the best for all episodes together; so they are upper bounds. A model has to beat them, and a
 * dataset that they solve is too easy.
 */
export class Baselines {
  readonly #everything = new SegmentationScore();
  readonly #copied = new SegmentationScore();
  readonly #features = new ThresholdSearch(-1, 1);
  readonly #colours = new ThresholdSearch(0, 1);

  /** Counts one episode, with the features of the model's own backbone. */
  async addEpisode({ plan, query, supports }: Episode, model: HSNet): Promise<void> {
    const observed = [observe(query, model), ...supports.map((support) => observe(support, model))] as const;
    const [seen, ...shown] = observed;
    try {
      await this.add({ classId: plan.classId, query: seen, supports: shown });
    } finally {
      for (const { features } of observed) forEachTensor(features, (map) => map.dispose());
    }
  }

  /** Counts one episode. The query's image and mask have one size. */
  async add({ classId, query, supports }: ObservedEpisode): Promise<void> {
    const truth = query.mask;
    this.#everything.add(classId, new Uint8Array(truth.data.length).fill(1), truth.data);
    this.#copied.add(classId, copiedMask(supports, truth), truth.data);
    for (const levels of colourLevels) {
      this.#colours.add(
        `${levels} levels a channel`,
        classId,
        colourSimilarity(query.image, supports, levels),
        truth.data,
      );
    }
    for (const [tap, features] of query.features.entries()) {
      const shots = supports.flatMap(({ features: maps, mask }) => {
        const map = maps[tap];
        return map === undefined ? [] : [{ features: map, mask }];
      });
      const scores = await featureSimilarity(features, shots, truth);
      this.#features.add(`tap ${tap + 1} of ${query.features.length}`, classId, scores, truth.data);
    }
  }

  /** All four, in this order: everything foreground, the mask copied, feature similarity, colour similarity. */
  results(): readonly BaselineResult[] {
    return [
      { name: 'everything foreground', score: this.#everything },
      { name: 'support mask copied', score: this.#copied },
      { name: 'feature similarity', ...inHindsight(this.#features) },
      { name: 'colour similarity', ...inHindsight(this.#colours) },
    ];
  }
}

function observe({ image, mask }: EpisodeItem, model: HSNet): ObservedImage {
  const { shallow, middle, deep } = noGrad(() =>
    scope(() => model.features(imageBatch([image], { engine: model.engine }))),
  );
  return { image, mask, features: [...shallow, ...middle, ...deep] };
}

function inHindsight(search: ThresholdSearch): Pick<BaselineResult, 'score' | 'setting'> {
  const best = search.best();
  if (best === undefined) return { score: new SegmentationScore() };
  return {
    score: best.score,
    setting: `${best.variant}, threshold ${best.threshold.toFixed(3)}, the best in hindsight`,
  };
}

/** The supports' masks at the query's size. A pixel is foreground where at least half of them mark it. */
function copiedMask(supports: readonly ObservedImage[], { width, height }: Mask): Uint8Array {
  const votes = new Uint8Array(width * height);
  for (const { mask } of supports) {
    for (const [pixel, index] of resizeNearest(mask, { width, height }).data.entries()) {
      if (index === 1) votes[pixel] = (votes[pixel] ?? 0) + 1;
    }
  }
  return votes.map((count) => Number(2 * count >= supports.length));
}
