import { readFileSync } from 'node:fs';
import { FormatError, ShapeError } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import {
  MersenneTwister,
  NumPyLegacyRandom,
  formatEpisodes,
  numpyEpisodes,
  planEpisodes,
  type Dataset,
  type EpisodePlan,
  type Pair,
  type Sample,
} from '../../src/index.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

interface Row {
  readonly class_id: number;
  readonly query: string;
  readonly supports: readonly string[];
}

interface SamplingFixture {
  readonly draws: readonly {
    readonly seed: number;
    readonly words: readonly number[];
    readonly permutations: Readonly<Record<string, readonly number[]>>;
    readonly choices: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly episodes: readonly { readonly seed: number; readonly shots: number; readonly rows: readonly Row[] }[];
}

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/${name}`, import.meta.url), 'utf8');
const rowsOf = (text: string): Row[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const sampling = JSON.parse(fixture('sampling.json')) as SamplingFixture;

/** A dataset of (image, class) pairs in a list's order. */
function listed(list: readonly (readonly [image: string, classId: number])[]): Dataset {
  const pairs: Pair[] = list.map(([name, classId]) => ({
    classId,
    sample: { name, image: `${name}.jpg`, mask: `${name}.png` },
  }));
  const ids = [...new Set(pairs.map(({ classId }) => classId))].sort((a, b) => a - b);
  const samplesOf = (id: number): Sample[] => pairs.filter(({ classId }) => classId === id).map(({ sample }) => sample);
  return {
    name: 'listed',
    root: '.',
    classes: ids.map((id) => ({ id, name: `class-${id}`, samples: samplesOf(id) })),
    pairs,
  };
}

const pascalList = (text: string): Dataset =>
  listed(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('__'))
      .map(([image = '', id]) => [image, Number(id) - 1] as const),
  );
const rows = (dataset: Dataset, plans: readonly EpisodePlan[]): Row[] => rowsOf(formatEpisodes(dataset, plans));

describe("NumPy's legacy generator", () => {
  it.each(sampling.draws)('with seed $seed draws what NumPy draws', ({ seed, words, permutations, choices }) => {
    const bits = new MersenneTwister(seed);
    expect(Array.from({ length: 1300 }, () => bits.uint32()).slice(-4)).toEqual(words);
    const random = new NumPyLegacyRandom(seed);
    for (const [count, order] of Object.entries(permutations))
      expect([...random.permutation(Number(count))]).toEqual(order);
    for (const [count, expected] of Object.entries(choices)) {
      const again = new NumPyLegacyRandom(seed);
      const all = Array.from({ length: Number(count) }, (_, i) => i);
      expect(expected.map(() => again.choice(all))).toEqual(expected);
    }
  });

  it('refuses seeds that NumPy refuses', () => {
    for (const seed of [-1, 2 ** 32, 0.5, NaN]) {
      expect(() => new NumPyLegacyRandom(seed)).toThrow(
        new ShapeError('MersenneTwister', `a seed must be a whole number from 0 to 4294967295; got ${seed}`),
      );
    }
  });
});

describe('the published episodes, row for row', () => {
  it('of PASCAL-5i, fold 0, 1-shot, with wrap-around', () => {
    const expected = rowsOf(fixture('episodes-pascal-fold0-1shot.jsonl'));
    // The list has 346 pairs: the first as many rows name them in its order.
    const dataset = listed(expected.slice(0, 346).map(({ query, class_id }) => [query, class_id]));
    expect(rows(dataset, numpyEpisodes(dataset, { seed: 0, shots: 1, queries: 'in-order', end: 1000 }))).toEqual(
      expected,
    );
  });

  it.skipIf(!hasSharedData)(`of PASCAL-5i, folds 0 and 2, from the published lists${skipReason}`, () => {
    const published = [
      { fold: 0, shots: 1, end: 1000 },
      { fold: 2, shots: 5, end: 200 },
    ];
    for (const { fold, shots, end } of published) {
      const dataset = pascalList(readFileSync(sharedData(`splits/pascal/val/fold${fold}.txt`), 'utf8'));
      const expected = rowsOf(
        readFileSync(sharedData(`../fixtures/episodes-pascal-fold${fold}-${shots}shot.jsonl`), 'utf8'),
      );
      expect(rows(dataset, numpyEpisodes(dataset, { seed: 0, shots, queries: 'in-order', end }))).toEqual(expected);
    }
  });

  it('of FSS-1000: queries by name, supports by number', () => {
    const expected = rowsOf(fixture('episodes-fss-test-1shot.jsonl'));
    const names = [...new Set(expected.map(({ query }) => query.split('/')[0] ?? ''))];
    const files = Array.from({ length: 10 }, (_, i) => `${i + 1}`).sort();
    const classes = names.map((name, i) => ({
      id: 760 + i,
      name,
      samples: files.map((file) => ({ image: `FSS-1000/${name}/${file}.jpg`, mask: `FSS-1000/${name}/${file}.png` })),
    }));
    const dataset = { name: 'fss', root: 'FSS-1000', classes };
    expect(
      rows(dataset, planEpisodes(dataset, { sampler: 'numpy-legacy', queries: 'in-order', seed: 0, shots: 1 })),
    ).toEqual(expected);
  });

  it.each(sampling.episodes)(
    'of COCO-20i: seed $seed, $shots shots, random classes and queries',
    ({ seed, shots, rows: expected }) => {
      const images = [
        [1, 2],
        [5, 9],
        [9, 40],
      ].flatMap(([id = 0, count = 0]) => Array.from({ length: count }, (_, i) => [`${id}/${i}`, id] as const));
      const dataset = listed(images);
      const options = { sampler: 'numpy-legacy', queries: 'random', seed, shots } as const;
      expect(rows(dataset, planEpisodes(dataset, { ...options, episodes: expected.length }))).toEqual(expected);
      // Without a number, as many as there are pairs.
      expect(planEpisodes(dataset, options)).toHaveLength(51);
    },
  );
});

it('supports may come twice, so two images of a class suffice, and one does not', () => {
  const two = listed([
    ['a', 0],
    ['b', 0],
  ]);
  const [plan] = numpyEpisodes(two, { seed: 0, shots: 3, queries: 'in-order' });
  expect(plan?.supports.map(({ name }) => name)).toEqual(['b', 'b', 'b']);
  // The published sampler would look for another image for ever.
  expect(() => numpyEpisodes(listed([['a', 0]]), { seed: 0, shots: 1, queries: 'in-order' })).toThrow(FormatError);
});
