import type { FoldPairs } from './fold-pairs.ts';
import type { ListedPair } from './split-lists.ts';

/** How much a part of a benchmark holds. */
export interface PartCounts {
  /** An image counts once for each of its listed classes. */
  readonly pairs: number;
  readonly images: number;
  readonly classes: number;
}

/** What a fold holds. */
export interface FoldCounts {
  readonly train: PartCounts;
  readonly test: PartCounts;
  /** Training images that also show an object of a tested class. */
  readonly novelImages: number;
}

/** The counts of a fold's published lists, as far as they are known. */
export interface KnownCounts {
  readonly train: Partial<PartCounts>;
  readonly test: Partial<PartCounts>;
  readonly novelImages: number;
}

/** Counts a fold. @param kept the fold without its novel images */
export function countFold(fold: FoldPairs, kept: FoldPairs): FoldCounts {
  const train = countPairs(fold.train);
  return { train, test: countPairs(fold.test), novelImages: train.images - countPairs(kept.train).images };
}

function countPairs(pairs: readonly ListedPair[]): PartCounts {
  return {
    pairs: pairs.length,
    images: new Set(pairs.map(({ image }) => image)).size,
    classes: new Set(pairs.map(({ classId }) => classId)).size,
  };
}

/**
 * Counts of the lists that HSNet was published with, by fold. COCO-20i's counts are those of the interleaved division.
 *
 * Source: the lists at github.com/juhongm999/hsnet, data/splits.
 */
export const knownCounts: Readonly<Record<'pascal' | 'coco', readonly KnownCounts[]>> = {
  pascal: [
    {
      train: { pairs: 11394, images: 8450, classes: 15 },
      test: { pairs: 346, images: 345, classes: 5 },
      novelImages: 637,
    },
    {
      train: { pairs: 10255, images: 8081, classes: 15 },
      test: { pairs: 451, images: 433, classes: 5 },
      novelImages: 1298,
    },
    {
      train: { pairs: 7797, images: 7007, classes: 15 },
      test: { pairs: 725, images: 587, classes: 5 },
      novelImages: 1945,
    },
    {
      train: { pairs: 11594, images: 9002, classes: 15 },
      test: { pairs: 346, images: 326, classes: 5 },
      novelImages: 896,
    },
  ],
  coco: [
    { train: { images: 62040, classes: 60 }, test: { images: 26052, classes: 20 }, novelImages: 36403 },
    { train: { images: 74381, classes: 60 }, test: { images: 15305, classes: 20 }, novelImages: 25515 },
    { train: { images: 73035, classes: 60 }, test: { images: 13138, classes: 20 }, novelImages: 19701 },
    { train: { images: 73808, classes: 60 }, test: { images: 12640, classes: 20 }, novelImages: 19832 },
  ],
};

/**
 * The differences from the known counts, such as "novel images: 12, and 637 in the published lists"; none if all are
 * equal.
 */
export function differences(counts: FoldCounts, known: KnownCounts): readonly string[] {
  const rows: (readonly [what: string, here: number, expected: number | undefined])[] = [
    ...(['train', 'test'] as const).flatMap((part) =>
      (['pairs', 'images', 'classes'] as const).map(
        (what) => [`${part} ${what}`, counts[part][what], known[part][what]] as const,
      ),
    ),
    ['novel images', counts.novelImages, known.novelImages],
  ];
  return rows
    .filter(([, here, expected]) => expected !== undefined && here !== expected)
    .map(([what, here, expected]) => `${what}: ${here}, and ${expected} in the published lists`);
}
