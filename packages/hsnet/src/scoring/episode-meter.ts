import { checkOptions } from '@hypercorr/tensor/op';
import { foregroundOf, type Episode, type Mask } from '@hypercorr/datasets';
import { ShapeError } from '@hypercorr/tensor';
import type { HSNet } from '../hsnet.ts';
import type { PresenceStatistics } from '../presence/statistics.ts';
import { predictEpisode } from './predict-episode.ts';
import { publishedRules, type ScoringRules } from './protocol.ts';
import { SegmentationScore, overlapOf, type OverlapCounts } from './segmentation-score.ts';

export interface EpisodeMeterOptions {
  readonly model: HSNet;
  /** Where the model's weights come from, for errors. */
  readonly weights: string;
  /** The ids of the classes that episodes are of. They lay out the counts. */
  readonly classes: Iterable<number>;
  /** The published rules when absent. */
  readonly rules?: ScoringRules;
}

export interface ScoredEpisode {
  readonly episode: Episode;
  /** What the prediction was compared with: 0 background, 1 object, 255 void; of the size that the rules ask for. */
  readonly truth: Mask;
  /** 1 where the model sees the object, of the truth's size. */
  readonly prediction: Uint8Array;
  /** What the probability map says of the object's presence. */
  readonly statistics: PresenceStatistics;
  readonly counts: OverlapCounts;
}

/** Counts of each class, in this order. */
const countsOfClass = 5;

/**
 * Scores a model on episodes: segments each query by its supports, compares the result with the query's mask, and counts
 * intersections and unions for each class. Meters of several processes have the same layout if they have the same classes;
 * their counts may be added.
 *
 * @example
 * const meter = new EpisodeMeter({ model, weights, classes: dataset.classes.map(({ id }) => id) });
 * for await (const episode of episodes) await meter.add(episode);
 * meter.figures().miou;
 */
export class EpisodeMeter {
  /**
   * For each class, by ascending id: intersection and union of the foreground, of the background (in pixels), and the
   * number of episodes.
   */
  readonly counts: Float64Array;
  readonly #classes: readonly number[];
  readonly #model: HSNet;
  readonly #weights: string;
  readonly #rules: ScoringRules;

  constructor(options: EpisodeMeterOptions) {
    checkOptions('EpisodeMeter', options, { model: true, weights: true, classes: true, rules: true });
    const { model, weights, classes, rules = publishedRules } = options;
    this.#classes = [...new Set(classes)].toSorted((a, b) => a - b);
    this.counts = new Float64Array(countsOfClass * this.#classes.length);
    this.#model = model;
    this.#weights = weights;
    this.#rules = rules;
  }

  /**
   * Predicts one episode and counts it. Switches the model to evaluation.
   *
   * @throws ShapeError for a class that the meter has no counts for; DamagedWeightsError for logits that are NaN or infinite
   */
  async add(episode: Episode): Promise<ScoredEpisode> {
    const { classId } = episode.plan;
    const place = this.#classes.indexOf(classId);
    if (place < 0) throw new ShapeError('EpisodeMeter', `there are no counts for class ${classId}; name all classes`);
    const truth = truthOf(episode, this.#rules);
    const { mask: prediction, statistics } = await predictEpisode(this.#model, episode, {
      size: truth,
      vote: this.#rules.vote,
      weights: this.#weights,
    });
    const counts = overlapOf(prediction, truth.data);
    const { foreground, background } = counts;
    const added = [foreground.intersection, foreground.union, background.intersection, background.union, 1];
    const own = this.counts.subarray(countsOfClass * place, countsOfClass * (place + 1));
    for (const [i, count] of added.entries()) own[i] = (own[i] ?? 0) + count;
    return { episode, truth, prediction, statistics, counts };
  }

  /** The score that the counts make. Classes without an episode have no part in it. */
  get score(): SegmentationScore {
    const score = new SegmentationScore();
    for (const [place, classId] of this.#classes.entries()) {
      const [intersection = 0, union = 0, bgIntersection = 0, bgUnion = 0, episodes = 0] = this.counts.subarray(
        countsOfClass * place,
        countsOfClass * (place + 1),
      );
      if (episodes === 0) continue;
      const background = { intersection: bgIntersection, union: bgUnion };
      score.addCounts(classId, { foreground: { intersection, union }, background }, episodes);
    }
    return score;
  }

  /** mIoU and FB-IoU, in percent. */
  figures(): { readonly miou: number; readonly fb_iou: number } {
    const { miou, fbIou } = this.score;
    return { miou, fb_iou: fbIou };
  }
}

/** The mask that a prediction is compared with. */
function truthOf({ query }: Episode, rules: ScoringRules): Mask {
  const mask = rules.scoreSize === 'original' ? (query.originalMask ?? query.mask) : query.mask;
  return rules.void === 'ignore' ? mask : { ...mask, data: Uint8Array.from(foregroundOf(mask)) };
}

export interface EvaluateOptions {
  /** Called after every episode. */
  readonly onEpisode?: ((scored: ScoredEpisode, done: number) => void | Promise<void>) | undefined;
  /** Asked before every episode: true ends the evaluation. */
  readonly stop?: (() => boolean) | undefined;
}

/**
 * Adds episodes to a meter, one after another.
 *
 * @returns whether all episodes were added; false when `stop` ended it
 * @throws as `EpisodeMeter.add`; what the episodes throw
 */
export async function evaluate(
  meter: EpisodeMeter,
  episodes: AsyncIterable<Episode>,
  { onEpisode, stop = () => false }: EvaluateOptions = {},
): Promise<boolean> {
  let done = 0;
  for await (const episode of episodes) {
    if (stop()) return false;
    const scored = await meter.add(episode);
    done += 1;
    await onEpisode?.(scored, done);
  }
  return true;
}
