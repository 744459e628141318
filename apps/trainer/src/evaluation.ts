import { foregroundOf, type Episode, type EpisodePlan, type Mask } from '@hypercorr/datasets';
import { combineShots, overlapOf, SegmentationScore, type HSNet, type OverlapCounts } from '@hypercorr/hsnet';
import { forEachTensor, keep, read, scope } from '@hypercorr/tensor';
import { imageTensor, itemTensors } from '@hypercorr/vision';
import { loadEpisodes, type EpisodeOptions } from './episodes.ts';
import { CommandError } from './failure.ts';
import { checkFinite } from './finite-logits.ts';
import { publishedRules, type ScoringRules } from './protocol.ts';

export interface EvaluationOptions extends Pick<EpisodeOptions, 'size' | 'root' | 'onFault'> {
  readonly model: HSNet;
  /** Where its weights are from, for errors. */
  readonly weights: string;
  readonly plans: readonly EpisodePlan[];
  /** The published ones when absent. */
  readonly rules?: ScoringRules;
  /** Told of every episode that is scored. */
  onEpisode?(scored: ScoredEpisode, done: number): void | Promise<void>;
  /** Asked before every episode. */
  readonly stop?: () => boolean;
}

export interface ScoredEpisode {
  readonly episode: Episode;
  /** What it was compared with: 0 background, 1 object, 255 void; of the size that the rules ask for. */
  readonly truth: Mask;
  /** 1 where the model sees the object, of the truth's size. */
  readonly prediction: Uint8Array;
  readonly counts: OverlapCounts;
}

/** What came of an evaluation. */
export interface Evaluation {
  readonly score: SegmentationScore;
  /** Episodes left out for faulty files. */
  readonly skipped: number;
  /** False when it was stopped before the last episode. */
  readonly finished: boolean;
}

/**
 * Scores a model on episodes: each query, at size × size, segmented by its supports, and compared with its mask as the rules
 * say; intersections and unions are summed per class.
 *
 * @throws CommandError when there was nothing to score; as `checkFinite` for weights that are of no use
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { model, weights, plans, rules = publishedRules, size, root, onFault, onEpisode, stop = () => false } = options;
  model.eval();
  const score = new SegmentationScore();
  const loader = loadEpisodes(plans, { size, originalMasks: rules.scoreSize === 'original', root, onFault });
  let done = 0;
  try {
    for await (const episode of loader) {
      if (stop()) return { score, skipped: loader.skipped, finished: false };
      const truth = truthOf(episode, rules);
      const prediction = await segment({ model, weights }, episode, truth, rules);
      const counts = overlapOf(prediction, truth.data);
      score.addCounts(episode.plan.classId, counts);
      done += 1;
      await onEpisode?.({ episode, truth, prediction, counts }, done);
    }
    if (done === 0) throw new CommandError('no episode could be scored: the files of all of them are faulty');
    return { score, skipped: loader.skipped, finished: true };
  } finally {
    await loader.close();
  }
}

/** What a prediction is compared with. */
function truthOf({ query }: Episode, rules: ScoringRules): Mask {
  const mask = rules.scoreSize === 'original' ? (query.originalMask ?? query.mask) : query.mask;
  return rules.void === 'ignore' ? mask : { ...mask, data: Uint8Array.from(foregroundOf(mask)) };
}

/** Where the model sees the object: 1 a pixel of that size. The logits are brought to it before anything is decided. */
async function segment(
  { model, weights }: Pick<EvaluationOptions, 'model' | 'weights'>,
  {
    plan: {
      className,
      query: { image },
    },
    query,
    supports,
  }: Episode,
  { width, height }: Mask,
  { vote }: ScoringRules,
): Promise<Uint8Array> {
  const shots = scope(() => {
    using prepared = model.prepare(supports.map((support) => itemTensors(support)));
    const [logits = []] = model.shotLogits(imageTensor(query.image), [prepared]);
    return keep(logits);
  });
  try {
    await checkFinite(shots, { image, className, weights });
    using mask = scope(() => keep(combineShots(shots, [height, width], vote).mask));
    return Uint8Array.from(await read(mask));
  } finally {
    forEachTensor(shots, (logits) => logits.dispose());
  }
}
