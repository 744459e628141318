import { fold } from '@hypercorr/tensor';
import { Draws } from '../generate/draws.ts';
import type { Dataset, EpisodePlan } from './dataset.ts';
import { checkShots, planOf, streamKey, type EpisodeOptions } from './draw-samples.ts';

/**
 * Every sample once as the query, class after class, with supports drawn from the rest of its class: FSS-1000's protocol.
 *
 * @throws as `sampleEpisode`
 */
export function everyQuery(dataset: Dataset, { seed, shots }: EpisodeOptions): EpisodePlan[] {
  checkShots(dataset, shots);
  const stream = streamKey(seed, 'everyQuery');
  const plans: EpisodePlan[] = [];
  for (const ofClass of dataset.classes) {
    for (const query of ofClass.samples) {
      plans.push(planOf(plans.length, ofClass, query, shots, new Draws(fold(stream, plans.length))));
    }
  }
  return plans;
}
