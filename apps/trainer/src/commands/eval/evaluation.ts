import { existsSync } from 'node:fs';
import type { Episode, EpisodePlan } from '@hypercorr/datasets';
import { Prefetcher, plannedEpisodes } from '@hypercorr/datasets/node';
import {
  EpisodeMeter,
  evaluate as evaluateEpisodes,
  predictEpisode,
  publishedRules,
  type EvaluateOptions,
  type HSNet,
  type PresencePair,
  type ScoringRules,
  type SegmentationScore,
} from '@hypercorr/hsnet';
import { CommandError } from '../../cli/failure.ts';

interface PlannedOptions {
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

export interface EvaluationOptions extends PlannedOptions, EvaluateOptions {}

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
  const { model, weights, plans, rules, onEpisode, stop } = options;
  const classes = plans.map(({ classId }) => classId);
  const meter = new EpisodeMeter({ model, weights, classes, ...(rules && { rules }) });
  const items = open(options, 'an episode of class');
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

export interface AbsentOptions extends PlannedOptions {
  /** Asked before every query: true ends the evaluation. */
  readonly stop: () => boolean;
  /** Called after every query. */
  onQuery(plan: EpisodePlan, pair: PresencePair, done: number): void | Promise<void>;
}

/**
 * Predicts queries that do not show the class of their supports.
 *
 * @returns as `evaluate`, without a score
 * @throws CommandError once the data is gone; DamagedWeightsError for weights that give NaN
 */
export async function evaluateAbsent(options: AbsentOptions): Promise<Omit<Evaluation, 'score'>> {
  const { model, weights, size, rules = publishedRules, stop, onQuery } = options;
  const items = open(options, 'a query without class');
  let done = 0;
  try {
    for await (const episode of episodesOf(items)) {
      if (stop()) return { skipped: items.skipped, finished: false };
      const { mask, statistics } = await predictEpisode(model, episode, {
        size: { width: size, height: size },
        vote: rules.vote,
        weights,
      });
      done += 1;
      await onQuery(episode.plan, { statistics, marked: mask.includes(1), present: false }, done);
    }
    return { skipped: items.skipped, finished: true };
  } finally {
    await items.close();
  }
}

/** Reads planned episodes. `what` begins the message about one with faulty files. */
function open({ plans, rules, size, root, onFault }: PlannedOptions, what: string): Prefetcher<Episode, EpisodePlan> {
  const source = plannedEpisodes(plans, {
    size: { width: size, height: size },
    originalMasks: rules?.scoreSize === 'original',
  });
  return new Prefetcher(source, {
    onFault({ plan, error }) {
      if (!existsSync(root))
        throw new CommandError(`the data is gone: ${root} does not exist any more (${error.message})`);
      onFault(`${what} ${plan.className} is left out: ${error.message}`);
    },
  });
}

async function* episodesOf(items: AsyncIterable<{ readonly item: Episode }>): AsyncGenerator<Episode> {
  for await (const { item } of items) yield item;
}
