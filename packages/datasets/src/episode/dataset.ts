import type { Mask, RgbImage } from '../image/image.ts';
import type { Foreground } from '../mask/binary-mask.ts';

/** A photograph and its mask, as files. */
export interface Sample {
  /** Path of the photograph. */
  readonly image: string;
  /** Path of the mask, a PNG. */
  readonly mask: string;
  /** Which of the mask's values are the object; `'auto'` when absent. */
  readonly foreground?: Foreground;
}

export interface SampleClass {
  /** The class's number in its dataset; it stays the same when classes are picked or split. */
  readonly id: number;
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Classes of samples. Nothing is read from the files before an episode needs them. */
export interface Dataset {
  readonly name: string;
  /** The folder that the samples' paths lie in. */
  readonly root: string;
  readonly classes: readonly SampleClass[];
}

/** What an episode is made of, before any file is read. */
export interface EpisodePlan {
  /** The episode's number in its sequence; `sampleEpisode(…, index)` gives the same plan again. */
  readonly index: number;
  readonly classId: number;
  readonly className: string;
  readonly query: Sample;
  /** One sample a shot; none is the query. */
  readonly supports: readonly Sample[];
}

/** A sample with its files read. */
export interface EpisodeItem {
  readonly sample: Sample;
  readonly image: RgbImage;
  /** 0 background, 1 object, 255 void; of the image's size. */
  readonly mask: Mask;
}

/** Find in the query what the supports' masks mark. */
export interface Episode {
  readonly plan: EpisodePlan;
  readonly query: EpisodeItem;
  readonly supports: readonly EpisodeItem[];
}
