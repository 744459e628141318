import { checkOptions } from '@hypercorr/tensor/op';
import { pairsOf, type Dataset, type EpisodePlan, type Sample, type SampleClass } from './dataset.ts';
import { checkShots, queriesInOrder, type EpisodeOptions, type Query } from './draw-samples.ts';
import { NumPyLegacyRandom } from './numpy-legacy.ts';
import type { QueryOrder } from './plan-episodes.ts';
import { fileStem } from './sample-name.ts';

export interface NumPyEpisodeOptions extends EpisodeOptions {
  readonly queries: QueryOrder;
  /** How many episodes. Each sample once if absent. */
  readonly end?: number | undefined;
}

/**
 * Draws the episodes of the published HSNet (Min et al., ICCV 2021), number for number. All of them use one stream of
 * NumPy's legacy generator, so each episode depends on those before it. A support is drawn from the whole class, and
 * drawn again while it is the query. One sample may be drawn twice. The published code uses `queries: 'in-order'` on
 * PASCAL-5i (with an `end` of 1000) and FSS-1000, and `'random'` on COCO-20i.
 *
 * @throws ShapeError for a seed outside 0 … 2^32 − 1; FormatError that names classes of fewer than two samples
 */
export function numpyEpisodes(dataset: Dataset, options: NumPyEpisodeOptions): EpisodePlan[] {
  checkOptions('numpyEpisodes', options, { seed: true, shots: true, queries: true, end: true });
  const { seed, shots, queries, end } = options;
  checkShots(dataset, shots, { repeated: true });
  const random = new NumPyLegacyRandom(seed);
  const pools = new Map(dataset.classes.map(({ id, samples }) => [id, supportPool(samples)]));
  const plan = ({ ofClass, query }: Query, index: number): EpisodePlan => {
    const pool = pools.get(ofClass.id) ?? [];
    const supports = Array.from({ length: shots }, () => supportFor(query, pool, random));
    return { index, classId: ofClass.id, className: ofClass.name, query, supports };
  };
  if (queries === 'in-order') return queriesInOrder(dataset, end).map(plan);
  const count = end ?? pairsOf(dataset).length;
  return Array.from({ length: count }, (_, index) => plan(randomQuery(dataset.classes, random), index));
}

function randomQuery(classes: readonly SampleClass[], random: NumPyLegacyRandom): Query {
  const ofClass = random.choice(classes);
  return { ofClass, query: random.choice(ofClass.samples) };
}

function supportFor(query: Sample, pool: readonly Sample[], random: NumPyLegacyRandom): Sample {
  for (;;) {
    const drawn = random.choice(pool);
    if (drawn !== query) return drawn;
  }
}

const plainNumber = /^[1-9]\d*$/;

/** FSS-1000's queries go by name (1, 10, 2, …), its supports are drawn by number (1, 2, …, 10). */
function supportPool(samples: readonly Sample[]): readonly Sample[] {
  const stem = ({ image }: Sample): string => fileStem(image);
  if (!samples.every((sample) => plainNumber.test(stem(sample)))) return samples;
  return samples.toSorted((a, b) => Number(stem(a)) - Number(stem(b)));
}
