import type { DrawnMask } from '../coco/drawn-mask.ts';
import type { Mask, RgbImage } from '../image/image.ts';
import type { Foreground } from '../mask/binary-mask.ts';

/** A photograph and its mask, as files. */
export interface Sample {
  /** How lists and files of episodes call it; its photograph's path within the dataset when absent. */
  readonly name?: string;
  /** Path of the photograph. */
  readonly image: string;
  /** Path of the mask, a PNG; of a drawn mask its annotations' file, and the image's id in it: `instances.json#42`. */
  readonly mask: string;
  /** Which of the mask's values are the object; `'auto'` when absent. */
  readonly foreground?: Foreground;
  /** What the mask is drawn from where it is no file. */
  readonly drawn?: DrawnMask;
}

export interface SampleClass {
  /** The class's number in its dataset; it stays the same when classes are picked or split. */
  readonly id: number;
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** An image, and the one of its classes that it is looked at for. */
export interface Pair {
  readonly classId: number;
  readonly sample: Sample;
}

/** Classes of samples. Nothing is read from the files before an episode needs them. */
export interface Dataset {
  readonly name: string;
  /** The folder that the samples' paths lie in. */
  readonly root: string;
  readonly classes: readonly SampleClass[];
  /** Every sample of every class, in the order of the benchmark's list; class after class when absent. */
  readonly pairs?: readonly Pair[];
  /** Where the pairs are from, in words; figures of different lists are not to be compared. */
  readonly source?: string;
}

/** Every sample of every class, in the order in which a walk through the dataset has them as the query. */
export function pairsOf({ classes, pairs }: Dataset): readonly Pair[] {
  return pairs ?? classes.flatMap(({ id, samples }) => samples.map((sample) => ({ classId: id, sample })));
}

/** The dataset with these of its classes or samples left, and their pairs. */
export function withClasses(dataset: Dataset, classes: readonly SampleClass[]): Dataset {
  const { pairs, ...rest } = dataset;
  if (pairs === undefined) return { ...rest, classes };
  const kept = new Map(classes.map(({ id, samples }) => [id, new Set(samples)]));
  return { ...rest, classes, pairs: pairs.filter(({ classId, sample }) => kept.get(classId)?.has(sample) === true) };
}

/** What an episode is made of, before any file is read. */
export interface EpisodePlan {
  /** The episode's number in its sequence; `sampleEpisode(…, index)` gives the same plan again. */
  readonly index: number;
  readonly classId: number;
  readonly className: string;
  readonly query: Sample;
  /** One sample a shot; none is the query. NumPy's sampler, as published, may draw one twice. */
  readonly supports: readonly Sample[];
}

/** A sample whose files were read. */
export interface ReadSample {
  readonly sample: Sample;
  readonly image: RgbImage;
  /** 0 background, 1 object, 255 void. It has the image's size. */
  readonly mask: Mask;
  /** The mask at the size of its file, if it was asked for. */
  readonly originalMask?: Mask;
}

/** A sample of an episode, ready for the network. */
export interface EpisodeItem extends ReadSample {
  /** The image as the network takes it: [3, H, W], normalised (`normalise`). */
  readonly pixels: Float32Array;
}

/** The task: find in the query what the masks of the supports mark. */
export interface Episode<Item extends ReadSample = EpisodeItem> {
  readonly plan: EpisodePlan;
  readonly query: Item;
  readonly supports: readonly Item[];
}
