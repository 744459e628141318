import { pairsOf, type Dataset, type EpisodePlan } from './dataset.ts';
import type { EpisodeOptions } from './draw-samples.ts';
import { everyQuery } from './every-query.ts';
import { numpyEpisodes } from './numpy-episodes.ts';
import { episodePlans } from './sample-episode.ts';

/** Who draws: this library, with distinct supports; or NumPy's legacy generator as the published HSNet uses it. */
export const samplers = ['hypercorr', 'numpy-legacy'] as const;
export type Sampler = (typeof samplers)[number];

/** Which queries: one after the other as the dataset lists them, or a random sample of a random class. */
export const queryOrders = ['in-order', 'random'] as const;
export type QueryOrder = (typeof queryOrders)[number];

export interface PlanOptions extends EpisodeOptions {
  readonly sampler: Sampler;
  readonly queries: QueryOrder;
  /** How many episodes; as many as the dataset has pairs when absent. */
  readonly episodes?: number | undefined;
}

/**
 * The episodes that a model is scored on.
 *
 * @throws as `sampleEpisode` and `numpyEpisodes`
 */
export function planEpisodes(
  dataset: Dataset,
  { sampler, queries, episodes, seed, shots }: PlanOptions,
): EpisodePlan[] {
  if (sampler === 'numpy-legacy') return numpyEpisodes(dataset, { seed, shots, queries, end: episodes });
  if (queries === 'in-order') return everyQuery(dataset, { seed, shots, end: episodes });
  const end = episodes ?? pairsOf(dataset).length;
  return [...episodePlans(dataset, { seed, shots, end })];
}
