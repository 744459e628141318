import { existsSync } from 'node:fs';
import type { Episode, EpisodePlan } from '@hypercorr/datasets';
import { Prefetcher, plannedEpisodes } from '@hypercorr/datasets/node';
import {
  EpisodeMeter,
  evaluate as evaluateEpisodes,
  type EvaluateOptions,
  type HSNet,
  type ScoringRules,
  type SegmentationScore,
} from '@hypercorr/hsnet';
import { CommandError } from '../../cli/failure.ts';

export interface EvaluationOptions extends EvaluateOptions {
  readonly model: HSNet;
  /** Where its weights come from, for errors. */
  readonly weights: string;
  readonly plans: readonly EpisodePlan[];
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** The published rules if absent. */
  readonly rules?: ScoringRules;
  /** The dataset's folder: once it is gone, that is an error, and not many faulty files. */
  readonly root: string;
  /** Called for every faulty file, when the first episode is left out because of it. */
  onFault(message: string): void;
}

/** The result of an evaluation. */
export interface Evaluation {
  readonly score: SegmentationScore;
  /** Episodes left out because their files are faulty. */
  readonly skipped: number;
  /** False when it was stopped before the last episode. */
  readonly finished: boolean;
}

/**
 * Reads planned episodes and scores a model on them.
 *
 * @throws CommandError when no episode could be scored, and once the data is gone; DamagedWeightsError for weights that give NaN
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { model, weights, plans, rules, size, root, onFault, onEpisode, stop } = options;
  const classes = plans.map(({ classId }) => classId);
  const meter = new EpisodeMeter({ model, weights, classes, ...(rules && { rules }) });
  const source = plannedEpisodes(plans, {
    size: { width: size, height: size },
    originalMasks: rules?.scoreSize === 'original',
  });
  const items = new Prefetcher(source, {
    onFault({ plan, error }) {
      if (!existsSync(root))
        throw new CommandError(`the data is gone: ${root} does not exist any more (${error.message})`);
      onFault(`an episode of class ${plan.className} is left out: ${error.message}`);
    },
  });
  try {
    const finished = await evaluateEpisodes(meter, episodesOf(items), { onEpisode, stop });
    const { score } = meter;
    if (finished && score.episodes === 0)
      throw new CommandError('no episode could be scored: all of them have faulty files');
    return { score, skipped: items.skipped, finished };
  } finally {
    await items.close();
  }
}

async function* episodesOf(items: AsyncIterable<{ readonly item: Episode }>): AsyncGenerator<Episode> {
  for await (const { item } of items) yield item;
}
