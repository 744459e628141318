import { checkOptions } from '@hypercorr/tensor/op';
import { fold } from '@hypercorr/tensor';
import { Draws } from '../generate/draws.ts';
import type { Dataset, EpisodePlan } from './dataset.ts';
import { checkShots, planOf, queriesInOrder, streamKey, type EpisodeOptions } from './draw-samples.ts';

export interface EveryQueryOptions extends EpisodeOptions {
  /** How many episodes. After the last sample it starts again. Each sample once if absent. */
  readonly end?: number | undefined;
}

/**
 * Makes every sample the query once, in the order of the dataset's pairs, and draws supports from the rest of its
 * class. This is FSS-1000's protocol, and with an `end` PASCAL-5i's.
 *
 * @throws as `sampleEpisode`
 */
export function everyQuery(dataset: Dataset, options: EveryQueryOptions): EpisodePlan[] {
  checkOptions('everyQuery', options, { seed: true, shots: true, end: true });
  const { seed, shots, end } = options;
  checkShots(dataset, shots);
  const stream = streamKey(seed, 'everyQuery');
  return queriesInOrder(dataset, end).map(({ ofClass, query }, index) =>
    planOf(index, ofClass, query, shots, new Draws(fold(stream, index))),
  );
}
