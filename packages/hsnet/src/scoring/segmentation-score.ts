import { ShapeError } from '@hypercorr/tensor';

/** A pixel that annotators left open: it counts for nothing. */
export const voidLabel = 255;

/** Pixels of one class, summed over its episodes. */
export interface ClassScore {
  readonly id: number;
  /** intersection / union, in percent; 0 where the union is empty */
  readonly iou: number;
  /** Foreground pixels that prediction and truth share. */
  readonly intersection: number;
  /** Foreground pixels of either. */
  readonly union: number;
  readonly episodes: number;
}

/** Pixels that prediction and truth share, and pixels of either, of one label. */
export interface Overlap {
  readonly intersection: number;
  readonly union: number;
}

/** What one or more predictions add to a class. */
export interface OverlapCounts {
  readonly background: Overlap;
  readonly foreground: Overlap;
}

interface Tally extends OverlapCounts {
  readonly episodes: number;
}

const empty: Tally = {
  background: { intersection: 0, union: 0 },
  foreground: { intersection: 0, union: 0 },
  episodes: 0,
};

/**
 * Mean intersection over union as few-shot segmentation reports it (Shaban et al., BMVC 2017; the published HSNet
 * evaluates so too): pixels are summed over all episodes of a class **before** dividing. Figures are percentages.
 *
 * @example
 * const score = new SegmentationScore();
 * score.add(classId, await read(mask), truth);
 * score.miou;
 */
export class SegmentationScore {
  readonly #tallies = new Map<number, Tally>();

  /**
   * Counts one prediction.
   *
   * @param prediction a label a pixel: 0 is background, anything else foreground
   * @param truth as many labels: 0 background, 255 void, anything else foreground
   * @throws ShapeError for another number of pixels
   */
  add(classId: number, prediction: ArrayLike<number>, truth: ArrayLike<number>): void {
    this.addCounts(classId, overlapOf(prediction, truth));
  }

  /** Counts the predictions of one or more episodes whose pixels were compared elsewhere. */
  addCounts(classId: number, counts: OverlapCounts, episodes = 1): void {
    this.#grow(classId, { ...counts, episodes });
  }

  /** Adds all that another score counted. */
  merge(other: SegmentationScore): void {
    for (const [classId, tally] of other.#tallies) this.#grow(classId, tally);
  }

  /** Mean over the classes seen of the foreground's IoU; 0 when nothing was added. */
  get miou(): number {
    const classes = this.classes();
    return classes.reduce((sum, { iou }) => sum + iou, 0) / Math.max(classes.length, 1);
  }

  /** Mean of the background's and the foreground's IoU, each summed over all classes before dividing. */
  get fbIou(): number {
    const { background, foreground } = [...this.#tallies.values()].reduce(plus, empty);
    return (percentage(background) + percentage(foreground)) / 2;
  }

  get episodes(): number {
    return [...this.#tallies.values()].reduce(plus, empty).episodes;
  }

  /** Every class that was added, by number. */
  classes(): readonly ClassScore[] {
    return [...this.#tallies]
      .sort(([a], [b]) => a - b)
      .map(([id, { foreground, episodes }]) => ({ id, iou: percentage(foreground), ...foreground, episodes }));
  }

  toJSON(): { miou: number; fb_iou: number; episodes: number; classes: readonly ClassScore[] } {
    return { miou: this.miou, fb_iou: this.fbIou, episodes: this.episodes, classes: this.classes() };
  }

  #grow(classId: number, by: Tally): void {
    this.#tallies.set(classId, plus(this.#tallies.get(classId) ?? empty, by));
  }
}

/**
 * The foreground's IoU of a single prediction, in percent; 100 where neither has foreground. Labels as in
 * `SegmentationScore.add`.
 *
 * @throws ShapeError for another number of pixels
 */
export function episodeIou(prediction: ArrayLike<number>, truth: ArrayLike<number>): number {
  const { foreground } = overlapOf(prediction, truth);
  return foreground.union === 0 ? 100 : percentage(foreground);
}

/**
 * How one prediction overlaps with the truth, for either label; void pixels are left out. Labels as in
 * `SegmentationScore.add`.
 *
 * @throws ShapeError for another number of pixels
 */
export function overlapOf(prediction: ArrayLike<number>, truth: ArrayLike<number>): OverlapCounts {
  if (prediction.length !== truth.length) {
    const counts = `the prediction has ${prediction.length} pixels, the truth ${truth.length}`;
    throw new ShapeError('SegmentationScore', `${counts}; predict at the truth's size`);
  }
  let [neither, either, both] = [0, 0, 0];
  for (let i = 0; i < truth.length; i += 1) {
    if (truth[i] === voidLabel) continue;
    const said = prediction[i] !== 0;
    const is = truth[i] !== 0;
    if (said && is) both += 1;
    else if (said || is) either += 1;
    else neither += 1;
  }
  return {
    background: { intersection: neither, union: neither + either },
    foreground: { intersection: both, union: both + either },
  };
}

function plus(a: Tally, b: Tally): Tally {
  return {
    background: sumOf(a.background, b.background),
    foreground: sumOf(a.foreground, b.foreground),
    episodes: a.episodes + b.episodes,
  };
}

function sumOf(a: Overlap, b: Overlap): Overlap {
  return { intersection: a.intersection + b.intersection, union: a.union + b.union };
}

/** 0 where nothing was there to find, as the published evaluation has it. */
function percentage({ intersection, union }: Overlap): number {
  return (100 * intersection) / Math.max(union, 1);
}
