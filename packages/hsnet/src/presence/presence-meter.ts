import { ShapeError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { PresenceCalibration, PresencePair } from './calibration.ts';
import { presenceOf } from './presence.ts';

export interface PresenceMeterOptions {
  /** The ids of the classes that pairs are of. They lay out the counts. */
  readonly classes: Iterable<number>;
  /** How the weights score presence; undefined where they are not calibrated. */
  readonly calibration?: PresenceCalibration | undefined;
}

/** How well a model tells queries that show a class from those that do not. */
export interface PresenceFigures {
  /** Pairs whose query shows the class, and pairs whose query does not. */
  readonly present: number;
  readonly absent: number;
  /** The share of the pairs with the class that are found, in percent; undefined where there is none. */
  readonly truePositives: number | undefined;
  /** The share of the pairs without the class that are found all the same, in percent; undefined where there is none. */
  readonly falsePositives: number | undefined;
  /**
   * The area under the ROC curve of the score, from 0 to 1: how often a query with the class has a higher score than one
   * without it; equal scores count half. Undefined where a kind is missing.
   */
  readonly auc: number | undefined;
}

/** Scores are counted in this many intervals of one width. The area is exact for scores that lie in different ones. */
const bins = 1000;
/** A class's counts: a histogram of the scores with the class, one of those without, and how many of each are found. */
const countsOfClass = 2 * bins + 2;

/**
 * Counts how well scores of presence tell queries that show a class from those that do not. Everything is a count, the scores
 * as histograms, so that meters of several processes with the same classes may be added.
 *
 * @example
 * const meter = new PresenceMeter({ classes: [3, 7], calibration });
 * meter.add(3, { statistics, marked: true, present: false });
 * meter.overall().auc;
 */
export class PresenceMeter {
  /**
   * For each class, by ascending id: the pairs with the class by their score, in 1000 intervals; those without it; how many
   * of either are found.
   */
  readonly counts: Float64Array;
  readonly #classes: readonly number[];
  readonly #calibration: PresenceCalibration | undefined;

  /** @throws OptionError for an option that does not exist */
  constructor(options: PresenceMeterOptions) {
    checkOptions('PresenceMeter', options, { classes: true, calibration: true });
    this.#classes = [...new Set(options.classes)].toSorted((a, b) => a - b);
    this.#calibration = options.calibration;
    this.counts = new Float64Array(countsOfClass * this.#classes.length);
  }

  /** Counts one pair. @throws ShapeError for a class that the meter has no counts for */
  add(classId: number, { statistics, marked, present }: PresencePair): void {
    const counts = this.#countsOf(classId);
    const { score, found } = presenceOf({ statistics, marked }, this.#calibration);
    const bin = Math.min(bins - 1, Math.floor(bins * score)) + (present ? 0 : bins);
    counts[bin] = (counts[bin] ?? 0) + 1;
    const kind = 2 * bins + Number(!present);
    counts[kind] = (counts[kind] ?? 0) + Number(found);
  }

  /** The figures of a class. @throws ShapeError for a class that the meter has no counts for */
  figuresOf(classId: number): PresenceFigures {
    return figuresOf(this.#countsOf(classId));
  }

  /** The figures of the pairs of all classes together: one threshold serves all of them. */
  overall(): PresenceFigures {
    return overallPresence([this]);
  }

  /** Adds all that another meter of the same classes counted. @throws ShapeError for a meter of other classes */
  merge(other: PresenceMeter): void {
    if (other.#classes.join() !== this.#classes.join())
      throw new ShapeError('PresenceMeter', `the meters count classes ${this.#classes} and ${other.#classes}`);
    for (const [i, count] of other.counts.entries()) this.counts[i] = (this.counts[i] ?? 0) + count;
  }

  #countsOf(classId: number): Float64Array {
    const place = this.#classes.indexOf(classId);
    if (place < 0) throw new ShapeError('PresenceMeter', `there are no counts for class ${classId}; name all classes`);
    return this.counts.subarray(countsOfClass * place, countsOfClass * (place + 1));
  }
}

/** The figures of the pairs of several meters together, whatever their classes are. */
export function overallPresence(meters: readonly PresenceMeter[]): PresenceFigures {
  const total = new Float64Array(countsOfClass);
  for (const { counts } of meters)
    for (const [i, count] of counts.entries()) total[i % countsOfClass] = (total[i % countsOfClass] ?? 0) + count;
  return figuresOf(total);
}

function figuresOf(counts: Float64Array): PresenceFigures {
  const [withClass, without] = [counts.subarray(0, bins), counts.subarray(bins, 2 * bins)];
  const [present, absent] = [sum(withClass), sum(without)];
  const [truly = 0, falsely = 0] = counts.subarray(2 * bins);
  return {
    present,
    absent,
    truePositives: present === 0 ? undefined : (100 * truly) / present,
    falsePositives: absent === 0 ? undefined : (100 * falsely) / absent,
    auc: present === 0 || absent === 0 ? undefined : areaUnderCurve(withClass, without),
  };
}

/**
 * The area under the ROC curve of two histograms with the same intervals, each with at least one count: P(s⁺ > s⁻) +
 * ½ P(s⁺ = s⁻) (Hanley and McNeil, *Radiology* 143, 1982).
 */
export function areaUnderCurve(positives: Float64Array, negatives: Float64Array): number {
  let [below, pairs] = [0, 0];
  for (const [bin, count] of positives.entries()) {
    const same = negatives[bin] ?? 0;
    pairs += count * (below + same / 2);
    below += same;
  }
  return pairs / (sum(positives) * below);
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
