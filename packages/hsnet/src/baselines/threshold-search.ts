import { SegmentationScore, type OverlapCounts } from '../scoring/segmentation-score.ts';

/** Thresholds tried between the least and the largest score. */
const bins = 1000;

/** Pixels of one class by their score, for foreground and for background. */
interface Histogram {
  readonly foreground: Float64Array;
  readonly background: Float64Array;
  episodes: number;
}

/** The threshold with which maps of scores do best. */
export interface BestThreshold {
  readonly variant: string;
  /** Pixels of at least this score are foreground. */
  readonly threshold: number;
  readonly score: SegmentationScore;
}

/**
 * Finds the best threshold for maps of scores, in hindsight: one threshold for all classes and episodes, with the highest
 * mIoU on the episodes that are scored. Several variants of a map compete. Only histograms are kept.
 */
export class ThresholdSearch {
  readonly #low: number;
  readonly #high: number;
  readonly #variants = new Map<string, Map<number, Histogram>>();

  /** Scores lie between `low` and `high`. */
  constructor(low: number, high: number) {
    this.#low = low;
    this.#high = high;
  }

  /** Counts the pixels of one episode. `truth` has one label for each score: 0 background, 255 void, else foreground. */
  add(variant: string, classId: number, scores: Float32Array, truth: Uint8Array): void {
    const histogram = this.#histogram(variant, classId);
    histogram.episodes += 1;
    const scale = bins / (this.#high - this.#low);
    for (const [pixel, score] of scores.entries()) {
      const label = truth[pixel];
      if (label === 255) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((score - this.#low) * scale)));
      const counts = label === 0 ? histogram.background : histogram.foreground;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }

  /** @returns undefined if nothing was added */
  best(): BestThreshold | undefined {
    let best: (Omit<BestThreshold, 'score'> & { readonly miou: number; readonly bin: number }) | undefined;
    for (const [variant, classes] of this.#variants) {
      const mious = meanIouByThreshold([...classes.values()]);
      for (const [bin, miou] of mious.entries()) {
        if (best === undefined || miou > best.miou) best = { variant, bin, miou, threshold: this.#thresholdOf(bin) };
      }
    }
    if (best === undefined) return undefined;
    const score = new SegmentationScore();
    for (const [classId, histogram] of this.#variants.get(best.variant) ?? []) {
      score.addCounts(classId, countsAt(histogram, best.bin), histogram.episodes);
    }
    return { variant: best.variant, threshold: best.threshold, score };
  }

  #thresholdOf(bin: number): number {
    return this.#low + (bin / bins) * (this.#high - this.#low);
  }

  #histogram(variant: string, classId: number): Histogram {
    const classes = this.#variants.get(variant) ?? new Map<number, Histogram>();
    this.#variants.set(variant, classes);
    const histogram = classes.get(classId) ?? {
      foreground: new Float64Array(bins),
      background: new Float64Array(bins),
      episodes: 0,
    };
    classes.set(classId, histogram);
    return histogram;
  }
}

/** The mIoU if pixels of bin k and above are foreground, for every k. IoU = |P ∩ T| / |P ∪ T|, |P ∪ T| = |T| + |P \ T|. */
function meanIouByThreshold(classes: readonly Histogram[]): Float64Array {
  const mean = new Float64Array(bins);
  for (const { foreground, background } of classes) {
    const truth = sum(foreground);
    let hits = 0;
    let misses = 0;
    for (let bin = bins - 1; bin >= 0; bin -= 1) {
      hits += foreground[bin] ?? 0;
      misses += background[bin] ?? 0;
      const union = truth + misses;
      mean[bin] = (mean[bin] ?? 0) + (union === 0 ? 0 : hits / union) / classes.length;
    }
  }
  return mean;
}

function countsAt({ foreground, background }: Histogram, bin: number): OverlapCounts {
  const [hits, falseAlarms] = [sum(foreground.subarray(bin)), sum(background.subarray(bin))];
  const [missed, rejected] = [sum(foreground.subarray(0, bin)), sum(background.subarray(0, bin))];
  return {
    background: { intersection: rejected, union: rejected + missed + falseAlarms },
    foreground: { intersection: hits, union: hits + missed + falseAlarms },
  };
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
