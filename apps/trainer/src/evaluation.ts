import type { EpisodePlan } from '@hypercorr/datasets';
import {
  EpisodeMeter,
  evaluate as evaluateEpisodes,
  type EvaluateOptions,
  type HSNet,
  type ScoringRules,
  type SegmentationScore,
} from '@hypercorr/hsnet';
import { CommandError } from './cli/failure.ts';
import { loadEpisodes, type EpisodeOptions } from './episodes.ts';

export interface EvaluationOptions extends EvaluateOptions, Pick<EpisodeOptions, 'size' | 'root' | 'onFault'> {
  readonly model: HSNet;
  /** Where its weights come from, for errors. */
  readonly weights: string;
  readonly plans: readonly EpisodePlan[];
  /** The published rules when absent. */
  readonly rules?: ScoringRules;
}

/** The result of an evaluation. */
export interface Evaluation {
  readonly score: SegmentationScore;
  /** Episodes left out because files of theirs are faulty. */
  readonly skipped: number;
  /** False when it was stopped before the last episode. */
  readonly finished: boolean;
}

/**
 * Reads planned episodes and scores a model on them.
 *
 * @throws CommandError when no episode could be scored; DamagedWeightsError for weights that give NaN
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { plans, rules, size, root, onFault, onEpisode, stop } = options;
  const classes = plans.map(({ classId }) => classId);
  const meter = new EpisodeMeter({ ...options, classes, ...(rules && { rules }) });
  const loader = loadEpisodes(plans, { size, originalMasks: rules?.scoreSize === 'original', root, onFault });
  try {
    const finished = await evaluateEpisodes(meter, loader, { onEpisode, stop });
    const { score } = meter;
    if (finished && score.episodes === 0)
      throw new CommandError('no episode could be scored: all of them have faulty files');
    return { score, skipped: loader.skipped, finished };
  } finally {
    await loader.close();
  }
}
