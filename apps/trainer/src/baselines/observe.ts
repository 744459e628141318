import type { Episode, EpisodeItem } from '@hypercorr/datasets';
import type { HSNet } from '@hypercorr/hsnet';
import { forEachTensor, noGrad, scope } from '@hypercorr/tensor';
import { imageBatch } from '@hypercorr/vision';
import type { Baselines, ObservedImage } from './baselines.ts';

/** Scores the baselines on one episode, with the features of the model's own backbone. */
export async function addEpisode(baselines: Baselines, episode: Episode, model: HSNet): Promise<void> {
  const observed = [episode.query, ...episode.supports].map((item) => observe(item, model));
  const [query, ...supports] = observed;
  try {
    if (query !== undefined) await baselines.add({ classId: episode.plan.classId, query, supports });
  } finally {
    for (const { features } of observed) forEachTensor(features, (map) => map.dispose());
  }
}

function observe({ image, mask }: EpisodeItem, model: HSNet): ObservedImage {
  const { shallow, middle, deep } = noGrad(() => scope(() => model.features(imageBatch([image]))));
  return { image, mask, features: [...shallow, ...middle, ...deep] };
}
