import { checkOptions } from '@hypercorr/tensor/op';
import { ShapeError } from '@hypercorr/tensor';
import type { Augmentation } from '../augment/augment-episode.ts';
import type { Dataset, Episode, EpisodePlan } from '../episode/dataset.ts';
import { sampleEpisode, type EpisodeOptions } from '../episode/sample-episode.ts';
import { checkSize, type Size } from '../image/image.ts';
import type { EpisodeReading } from './episode-reader.ts';
import { moduleBeside } from './module-beside.ts';
import type { ReaderReference, Source } from './source.ts';

/** How the pictures of episodes are read. */
export interface EpisodePictures {
  /** Photographs and masks are resized to this size. They keep their own sizes if absent. */
  readonly size?: Size;
  /** Whether items also hold the masks at their own sizes (`originalMask`). */
  readonly originalMasks?: boolean;
}

export interface EpisodeSourceOptions extends EpisodeOptions, EpisodePictures {
  /** How the pictures are changed (`augmentEpisode`). They stay as they are if absent. */
  readonly augment?: readonly Augmentation[];
}

const pictureOptions = { size: true, originalMasks: true };
const sourceOptions = { ...pictureOptions, seed: true, shots: true, augment: true };

/**
 * The episodes that `sampleEpisode` draws, without an end, with their pictures read, augmented and normalised.
 *
 * @throws OptionError for an option that does not exist; ShapeError for a size that is not whole and positive; for an item, as `sampleEpisode`
 */
export function episodeSource(dataset: Dataset, options: EpisodeSourceOptions): Source<Episode, EpisodePlan> {
  checkOptions('episodeSource', options, sourceOptions);
  const { seed, shots, augment = [], ...pictures } = options;
  return {
    unit: 'episode',
    plan: (index) => sampleEpisode(dataset, { seed, shots }, index),
    reader: readerOf({ ...pictures, augment: { seed, augment } }),
  };
}

/**
 * Episodes that are planned already: those of `planEpisodes`, of `everyQuery`, or of a file (`parseEpisodes`).
 *
 * @throws ShapeError for a size that is not whole and positive
 */
export function plannedEpisodes(
  plans: readonly EpisodePlan[],
  pictures: EpisodePictures = {},
): Source<Episode, EpisodePlan> & { readonly length: number } {
  checkOptions('plannedEpisodes', pictures, pictureOptions);
  return {
    length: plans.length,
    unit: 'episode',
    plan(index) {
      const plan = plans[index];
      if (plan === undefined) throw new ShapeError('episodes', `there are ${plans.length} episodes, and no ${index}`);
      return plan;
    },
    reader: readerOf(pictures),
  };
}

function readerOf({
  size,
  originalMasks = false,
  augment,
}: EpisodePictures & Pick<EpisodeReading, 'augment'>): ReaderReference<Episode> {
  if (size !== undefined) checkSize('episodes', size);
  const options: EpisodeReading = {
    originalMasks,
    ...(size !== undefined && { size: { width: size.width, height: size.height } }),
    ...(augment !== undefined && augment.augment.length > 0 && { augment }),
  };
  return { module: moduleBeside('episode-reader', import.meta.url), options };
}
