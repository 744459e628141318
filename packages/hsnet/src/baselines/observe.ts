import type { Episode, EpisodeItem } from '@hypercorr/datasets';
import type { HSNet } from '@hypercorr/hsnet';
import { forEachTensor, noGrad, reshape, scope } from '@hypercorr/tensor';
import { imageTensor } from '../image-tensors.ts';
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
  const features = noGrad(() =>
    scope(() => model.backbone.featureMaps(reshape(imageTensor(image), [1, 3, image.height, image.width]))),
  );
  return { image, mask, features };
}
