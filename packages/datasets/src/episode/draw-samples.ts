import { FormatError, fold, key, ShapeError, type Key } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import type { Draws } from '../generate/draws.ts';
import { pairsOf, type Dataset, type EpisodePlan, type Sample, type SampleClass } from './dataset.ts';

export interface EpisodeOptions {
  /** The same seed gives the same episodes. */
  readonly seed: number;
  /** How many supports an episode has. */
  readonly shots: number;
}

/** The uses of a seed. Each use draws other numbers, so episodes, evaluation and splits of one seed are independent. */
const streams = {
  episode: 1,
  everyQuery: 2,
  split: 3,
  augment: 4,
  composite: 5,
  mixture: 6,
  absentQuery: 7,
} as const;

/** The key of a seed for one use. */
export function streamKey(seed: number, use: keyof typeof streams): Key {
  return fold(key(seed), streams[use]);
}

/**
 * Refuses a dataset that is too small for episodes with so many shots.
 *
 * @param options `repeated`: whether an episode may use a support twice
 * @throws ShapeError for shots that are not whole and positive; FormatError for a dataset without classes, or classes
 *   with too few samples
 */
export function checkShots(
  dataset: Dataset,
  shots: number,
  { repeated = false }: { readonly repeated?: boolean } = {},
): void {
  if (!Number.isSafeInteger(shots) || shots < 1)
    throw new ShapeError('episodes', `shots must be a whole number from 1; got ${shots}`);
  if (dataset.classes.length === 0) throw new FormatError('episodes', `${dataset.name} has no classes`);
  const need = repeated ? 2 : shots + 1;
  const small = dataset.classes.filter(({ samples }) => samples.length < need);
  if (small.length === 0) return;
  const few = listed(small.map(({ name, samples }) => `${name} (${samples.length})`));
  throw new FormatError(
    'episodes',
    `${shots}-shot episodes need ${need} images a class, one of them the query, and ${dataset.name} has fewer of ${few}; ` +
      `${need > 2 ? 'ask for fewer shots, or ' : ''}leave these classes out`,
  );
}

/** A query and its class. */
export interface Query {
  readonly ofClass: SampleClass;
  readonly query: Sample;
}

/**
 * The first `end` of the dataset's pairs, in order; after the last pair it starts again. Each pair once if `end` is
 * absent.
 */
export function queriesInOrder(dataset: Dataset, end?: number): Query[] {
  const classes = new Map(dataset.classes.map((each) => [each.id, each]));
  const all = pairsOf(dataset).flatMap(({ classId, sample }) => {
    const ofClass = classes.get(classId);
    return ofClass === undefined ? [] : [{ ofClass, query: sample }];
  });
  return Array.from({ length: end ?? all.length }, (_, i) => all[i % all.length]).filter(
    (query) => query !== undefined,
  );
}

/** Plans an episode of a class with the given query. The supports are distinct, and none is the query. */
export function planOf(
  index: number,
  { id, name, samples }: SampleClass,
  query: Sample,
  shots: number,
  draws: Draws,
): EpisodePlan {
  const others = samples.filter((sample) => sample !== query);
  return { index, classId: id, className: name, query, supports: shuffled(others, draws, shots) };
}

/** Picks one of a list. The list is not empty after `checkShots`. */
export function pick<T>(list: readonly T[], draws: Draws): T {
  const picked = list[draws.below(list.length)];
  if (picked === undefined) throw new RangeError('nothing can be picked from an empty list');
  return picked;
}

/** The first `count` of the list in random order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], draws: Draws, count = list.length): readonly T[] {
  const order = [...list];
  for (let i = 0; i < count; i += 1) {
    const from = i + draws.below(order.length - i);
    order.splice(i, 0, ...order.splice(from, 1));
  }
  return order.slice(0, count);
}
