import { checkOptions } from '@hypercorr/tensor/op';
import { ShapeError } from '@hypercorr/tensor';

export interface ConfusionMatrixOptions {
  /** The number of classes: labels are 0 … classes − 1. */
  readonly classes: number;
  /** The label of pixels of unknown class, which are not counted. 255 by default. */
  readonly ignore?: number;
}

/**
 * Counts how often each class was predicted for each true class, summed over all pixels of a dataset, and computes the
 * usual figures of semantic segmentation from the counts. Figures are percentages; a figure without anything to divide
 * by is NaN.
 *
 * @example
 * const matrix = new ConfusionMatrix({ classes: 19 });
 * matrix.add(prediction, truth);
 * matrix.miou;
 */
export class ConfusionMatrix {
  readonly classes: number;
  readonly ignore: number;
  /** Pixels by class: `counts[truth · classes + prediction]`. The counts of several processes may be added up. */
  readonly counts: Float64Array;

  /** @throws ShapeError for a number of classes that is not whole and positive, or an ignored label that is a class */
  constructor(options: ConfusionMatrixOptions) {
    checkOptions('ConfusionMatrix', options, { classes: true, ignore: true });
    const { classes, ignore = 255 } = options;
    if (!Number.isSafeInteger(classes) || classes < 1)
      throw new ShapeError('ConfusionMatrix', `the number of classes is whole and positive; got ${classes}`);
    if (isLabel(ignore, classes)) {
      throw new ShapeError(
        'ConfusionMatrix',
        `the ignored label ${ignore} is one of the classes 0 to ${classes - 1}; give another`,
      );
    }
    this.classes = classes;
    this.ignore = ignore;
    this.counts = new Float64Array(classes * classes);
  }

  /**
   * Counts the pixels of one or more predictions. Nothing is counted on an error.
   *
   * @param prediction a class for each pixel
   * @param truth a class for each pixel, or the ignored label
   * @throws ShapeError for another number of pixels, or a label that is no class
   */
  add(prediction: ArrayLike<number>, truth: ArrayLike<number>): void {
    const { classes, ignore, counts } = this;
    if (prediction.length !== truth.length) {
      const pixels = `the prediction has ${prediction.length} pixels, the truth ${truth.length}`;
      throw new ShapeError('ConfusionMatrix', `${pixels}; predict at the truth's size`);
    }
    for (let i = 0; i < truth.length; i += 1) {
      const [is, said] = [truth[i] ?? NaN, prediction[i] ?? NaN];
      if (is === ignore || (isLabel(is, classes) && isLabel(said, classes))) continue;
      const found = isLabel(is, classes) ? `predicted ${said}` : `true ${is}, and ${ignore} is the ignored label`;
      throw new ShapeError('ConfusionMatrix', `labels are 0 to ${classes - 1}; pixel ${i} has ${found}`);
    }
    for (let i = 0; i < truth.length; i += 1) {
      if (truth[i] === ignore) continue;
      const cell = (truth[i] ?? 0) * classes + (prediction[i] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }

  /**
   * Adds the counts of another matrix, for example one from another process.
   *
   * @throws ShapeError for another number of classes
   */
  merge({ counts }: { readonly counts: Float64Array }): void {
    const own = this.counts;
    if (counts.length !== own.length)
      throw new ShapeError('ConfusionMatrix', `there are ${own.length} counts here; got ${counts.length} to add`);
    for (const [cell, count] of counts.entries()) own[cell] = (own[cell] ?? 0) + count;
  }

  /** Pixels counted. */
  get pixels(): number {
    return sum(this.counts);
  }

  /** For each class correct / (true + predicted − correct); NaN for a class without true or predicted pixels. */
  classIous(): readonly number[] {
    return this.#classes().map(({ correct, is, said }) => percentage(correct, is + said - correct));
  }

  /** For each class correct / true; NaN for a class without true pixels. */
  classAccuracies(): readonly number[] {
    return this.#classes().map(({ correct, is }) => percentage(correct, is));
  }

  /** Mean of `classIous` over the classes where it is not NaN. */
  get miou(): number {
    return meanOf(this.classIous());
  }

  /** Correct pixels / counted pixels. */
  get pixelAccuracy(): number {
    return percentage(sum(this.#classes().map(({ correct }) => correct)), this.pixels);
  }

  /** Mean of `classAccuracies` over the classes where it is not NaN. */
  get meanAccuracy(): number {
    return meanOf(this.classAccuracies());
  }

  /** Sum of `classIous`, each weighted by its class's share of the true pixels. */
  get frequencyWeightedIou(): number {
    const { pixels } = this;
    const ious = this.classIous();
    if (pixels === 0) return NaN;
    return sum(this.#classes().map(({ is }, c) => (is === 0 ? 0 : (is / pixels) * (ious[c] ?? 0))));
  }

  /** Pixels of each class: correct, true and predicted ones. */
  #classes(): readonly { readonly correct: number; readonly is: number; readonly said: number }[] {
    const { classes, counts } = this;
    return Array.from({ length: classes }, (_, c) => ({
      correct: counts[c * classes + c] ?? 0,
      is: sum(counts.subarray(c * classes, (c + 1) * classes)),
      said: sum(counts.filter((_, cell) => cell % classes === c)),
    }));
  }
}

function isLabel(label: number, classes: number): boolean {
  return Number.isInteger(label) && label >= 0 && label < classes;
}

function percentage(part: number, whole: number): number {
  return (100 * part) / whole;
}

function meanOf(figures: readonly number[]): number {
  const known = figures.filter((figure) => !Number.isNaN(figure));
  return sum(known) / known.length;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
