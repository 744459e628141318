import { checkOptions } from '@hypercorr/tensor/op';
import { pairsOf, type Dataset, type EpisodePlan } from './dataset.ts';
import type { EpisodeOptions } from './draw-samples.ts';
import { everyQuery } from './every-query.ts';
import { numpyEpisodes } from './numpy-episodes.ts';
import { episodePlans } from './sample-episode.ts';

/**
 * Who draws the episodes: this library, with distinct supports, or NumPy's legacy generator as in the published HSNet.
 */
export const samplers = ['hypercorr', 'numpy-legacy'] as const;
export type Sampler = (typeof samplers)[number];

/** Which queries: every sample in the dataset's order, or a random sample of a random class. */
export const queryOrders = ['in-order', 'random'] as const;
export type QueryOrder = (typeof queryOrders)[number];

export interface PlanOptions extends EpisodeOptions {
  readonly sampler: Sampler;
  readonly queries: QueryOrder;
  /** How many episodes. As many as the dataset has pairs if absent. */
  readonly episodes?: number | undefined;
}

/**
 * Plans the episodes that a model is scored on.
 *
 * @throws as `sampleEpisode` and `numpyEpisodes`
 */
export function planEpisodes(dataset: Dataset, options: PlanOptions): EpisodePlan[] {
  checkOptions('planEpisodes', options, { sampler: true, queries: true, episodes: true, seed: true, shots: true });
  const { sampler, queries, episodes, seed, shots } = options;
  if (sampler === 'numpy-legacy') return numpyEpisodes(dataset, { seed, shots, queries, end: episodes });
  if (queries === 'in-order') return everyQuery(dataset, { seed, shots, end: episodes });
  const end = episodes ?? pairsOf(dataset).length;
  return [...episodePlans(dataset, { seed, shots, end })];
}
