import { augmentEpisode, type Augmentation } from '../augment/augment-episode.ts';
import type { Episode, EpisodeItem, EpisodePlan, ReadSample, Sample } from '../episode/dataset.ts';
import { readSample } from '../files/read-sample.ts';
import { normalise } from '../image/normalise.ts';
import { ByteCache } from '../prefetch/byte-cache.ts';
import type { Reader, ReaderShare } from './source.ts';

/** How episodes are read: data, since it goes to worker threads. */
export type EpisodeReading = {
  readonly size?: { readonly width: number; readonly height: number };
  readonly originalMasks: boolean;
  readonly augment?: { readonly seed: number; readonly augment: readonly Augmentation[] };
};

/** Reads the pictures of an episode, augments them and normalises them. It remembers pictures as read and resized. */
export function createReader(
  { size, originalMasks, augment }: EpisodeReading,
  { cacheBytes }: ReaderShare,
): Reader<Episode, EpisodePlan> {
  const cache = new ByteCache<ReadSample>(cacheBytes);
  const read = (sample: Sample): Promise<ReadSample> =>
    cache.get(nameOf(sample), () => readSample(sample, size, { originalMask: originalMasks }));
  return async (plan) => {
    const [query, supports] = [read(plan.query), plan.supports.map(read)];
    // Wait for all files: which fault is told then depends on the plan, not on which file was read first.
    await Promise.allSettled([query, ...supports]);
    const episode = { plan, query: await query, supports: await Promise.all(supports) };
    const changed = augment === undefined ? episode : augmentEpisode(episode, augment);
    return { plan, query: withPixels(changed.query), supports: changed.supports.map(withPixels) };
  };
}

/** One photograph has several masks where it shows several classes. */
function nameOf({ image, mask, foreground }: Sample): string {
  return JSON.stringify([image, mask, foreground]);
}

function withPixels(item: ReadSample): EpisodeItem {
  return { ...item, pixels: normalise(item.image) };
}
