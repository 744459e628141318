import { checkOptions } from '@hypercorr/tensor/op';
import { fold } from '@hypercorr/tensor';
import { Draws } from '../generate/draws.ts';
import type { Dataset, EpisodePlan } from './dataset.ts';
import { checkShots, pick, planOf, streamKey, type EpisodeOptions } from './draw-samples.ts';

export type { EpisodeOptions } from './draw-samples.ts';

/**
 * Draws the episode with this number: a class, a query of the class, and supports of the class, each uniformly.
 * Supports are distinct, and none is the query. The episode depends only on the dataset, the seed, the shots and the
 * number, so a training can resume at any episode.
 *
 * @throws FormatError that names classes with fewer than shots + 1 samples; ShapeError for a seed, shots or index that
 *   is not whole
 */
export function sampleEpisode(dataset: Dataset, options: EpisodeOptions, index: number): EpisodePlan {
  checkOptions('sampleEpisode', options, { seed: true, shots: true });
  const { seed, shots } = options;
  checkShots(dataset, shots);
  const draws = new Draws(fold(streamKey(seed, 'episode'), index));
  const ofClass = pick(dataset.classes, draws);
  return planOf(index, ofClass, pick(ofClass.samples, draws), shots, draws);
}

/** Which episodes: from `start` (0 if absent) up to `end`, exclusive. Without `end` they never stop. */
export interface PlanRange {
  readonly start?: number;
  readonly end?: number;
}

/** `sampleEpisode` for each number in turn. */
export function* episodePlans(
  dataset: Dataset,
  { start = 0, end = Infinity, ...options }: EpisodeOptions & PlanRange,
): Generator<EpisodePlan, void> {
  for (let index = start; index < end; index += 1) yield sampleEpisode(dataset, options, index);
}
