import type { Episode, EpisodePlan } from '@hypercorr/datasets';
import { SegmentationScore, type HSNet } from '@hypercorr/hsnet';
import { keep, read, scope } from '@hypercorr/tensor';
import { loadEpisodes, type EpisodeOptions } from './episodes.ts';
import { CommandError } from './failure.ts';
import { imageTensor, supportTensors } from './image-tensors.ts';

export interface EvaluationOptions extends Pick<EpisodeOptions, 'size' | 'onFault'> {
  readonly model: HSNet;
  readonly plans: readonly EpisodePlan[];
  /** Told of every episode that is scored. */
  onEpisode?(scored: ScoredEpisode, done: number): void | Promise<void>;
  /** Asked before every episode. */
  readonly stop?: () => boolean;
}

export interface ScoredEpisode {
  readonly episode: Episode;
  /** 1 where the model sees the object, of the query's size. */
  readonly prediction: Uint8Array;
}

/** What came of an evaluation. */
export interface Evaluation {
  readonly score: SegmentationScore;
  /** Episodes left out for faulty files. */
  readonly skipped: number;
}

/**
 * Scores a model on episodes: each query segmented by its supports (K-shot by the published vote), at size × size, as the
 * published protocols do; intersections and unions are summed per class.
 *
 * @returns undefined when it was stopped
 * @throws CommandError when there was nothing to score
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation | undefined> {
  const { model, plans, size, onFault, onEpisode, stop = () => false } = options;
  model.eval();
  const score = new SegmentationScore();
  const loader = loadEpisodes(plans, { size, onFault });
  let done = 0;
  try {
    for await (const episode of loader) {
      if (stop()) return undefined;
      const prediction = await segment(model, episode);
      score.add(episode.plan.classId, prediction, episode.query.mask.data);
      done += 1;
      await onEpisode?.({ episode, prediction }, done);
    }
    if (done === 0) throw new CommandError('no episode could be scored: the files of all of them are faulty');
    return { score, skipped: loader.skipped };
  } finally {
    await loader.close();
  }
}

/** Where the model sees the object: 1 a pixel of the query. */
async function segment(model: HSNet, { query, supports }: Episode): Promise<Uint8Array> {
  const mask = scope(() => {
    using prepared = model.prepare(supports.map(supportTensors));
    return keep(model.segment(imageTensor(query.image), prepared).mask);
  });
  try {
    return Uint8Array.from(await read(mask));
  } finally {
    mask.dispose();
  }
}
