import type { DrawnMask } from '../coco/drawn-mask.ts';
import type { Mask, RgbImage } from '../image/image.ts';
import type { Foreground } from '../mask/binary-mask.ts';

/** A photograph and its mask, as files. */
export interface Sample {
  /** The name in lists and files of episodes. If absent, it is the photograph's path within the dataset. */
  readonly name?: string;
  /** Path of the photograph. */
  readonly image: string;
  /**
   * Path of the mask, a PNG. For a drawn mask: the file of annotations and the image's id in it, `instances.json#42`.
   */
  readonly mask: string;
  /** Which of the mask's values are the object. `'auto'` if absent. */
  readonly foreground?: Foreground;
  /** The annotations that the mask is drawn from, if it is no file. */
  readonly drawn?: DrawnMask;
  /**
   * Whether the mask was drawn over the photograph as it is stored, and has to be turned like it. False if absent; a mask that
   * fits the stored size alone is turned anyway, and one whose file says its own orientation is turned by that.
   */
  readonly overStored?: boolean;
  /**
   * Whether an object may be so small that it vanishes when the mask is resized, as in the published benchmarks. False if
   * absent: such a sample shows nothing, and is left out.
   */
  readonly mayVanish?: boolean;
}

export interface SampleClass {
  /** The class's number in its dataset. It stays the same when classes are picked or split. */
  readonly id: number;
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** An image, with one of the classes that it shows. */
export interface Pair {
  readonly classId: number;
  readonly sample: Sample;
}

/** A file or an entry that should make a sample, and does not. */
export interface LeftOut {
  /** The file, or the entry in it. */
  readonly file: string;
  /** What is wrong with it. */
  readonly message: string;
  /** How many entries of the file this stands for. 1 if absent. */
  readonly count?: number;
}

/** Classes of samples. No file is read before an episode needs it. */
export interface Dataset {
  readonly name: string;
  /** The folder that the samples' paths lie in. */
  readonly root: string;
  readonly classes: readonly SampleClass[];
  /** Every sample of every class, in the order of the benchmark's list. Class after class if absent. */
  readonly pairs?: readonly Pair[];
  /** Where the pairs come from, in words. Scores on different lists must not be compared. */
  readonly source?: string;
  /** What is left out of the data because it is missing, or faulty; absent where nothing is. */
  readonly leftOut?: readonly LeftOut[];
}

/** Every sample of every class, in the order in which `everyQuery` makes them queries. */
export function pairsOf({ classes, pairs }: Dataset): readonly Pair[] {
  return pairs ?? classes.flatMap(({ id, samples }) => samples.map((sample) => ({ classId: id, sample })));
}

/** The dataset with only these of its classes or samples, and their pairs. */
export function withClasses(dataset: Dataset, classes: readonly SampleClass[]): Dataset {
  const { pairs, ...rest } = dataset;
  if (pairs === undefined) return { ...rest, classes };
  const kept = new Map(classes.map(({ id, samples }) => [id, new Set(samples)]));
  return { ...rest, classes, pairs: pairs.filter(({ classId, sample }) => kept.get(classId)?.has(sample) === true) };
}

/** The samples of an episode, before any file is read. */
export interface EpisodePlan {
  /** The episode's number in its sequence. `sampleEpisode(…, index)` gives the same plan again. */
  readonly index: number;
  readonly classId: number;
  readonly className: string;
  readonly query: Sample;
  /** One sample for each shot. None is the query. NumPy's sampler, as published, may draw a sample twice. */
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
  /** Why the meaning of the mask's values is a guess, in words. */
  readonly doubt?: string;
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
