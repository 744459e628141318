import { planEpisodes, type Dataset } from '@hypercorr/datasets';
import { expect, test } from 'vitest';
import {
  onAllFolds,
  protocolFor,
  protocolInWords,
  protocolNames,
  protocols,
  type AskedProtocol,
  type ProtocolName,
} from '../../src/index.ts';

const resolve = ({ protocol, ...asked }: AskedProtocol & { readonly protocol?: ProtocolName }, benchmark: string) =>
  protocolFor(benchmark, protocol, asked);

const evaluated = { data: 'pascal-fold0/test', classes: '5 classes', shots: '5', size: '400×400', seed: 0, seeds: 1 };

test('the published protocol is that of PASCAL-5i, COCO-20i and FSS-1000', () => {
  const published = {
    scoreSize: 'model',
    void: 'ignore',
    vote: 'published',
    sampler: 'numpy-legacy',
    minPixels: 0,
    name: 'hsnet',
    changed: [],
  };
  expect(resolve({}, 'pascal')).toEqual({ ...published, queries: 'in-order', episodes: 1000 });
  expect(resolve({}, 'coco')).toEqual({ ...published, queries: 'random', episodes: 1000 });
  expect(resolve({}, 'fss')).toEqual({ ...published, queries: 'in-order', episodes: undefined });
  expect(resolve({ protocol: 'hsnet-original' }, 'fss')).toEqual({
    ...resolve({}, 'fss'),
    name: 'hsnet-original',
    scoreSize: 'original',
  });
  expect(resolve({ protocol: 'pfenet' }, 'pascal')).toMatchObject({ queries: 'in-order', episodes: 5000 });
  expect(resolve({ protocol: 'pfenet' }, 'coco')).toMatchObject({
    episodes: 20_000,
    minPixels: 2048,
    scoreSize: 'original',
    sampler: 'hypercorr',
  });
});

test('data without a published protocol has every image as the query, or random ones where a number is given', () => {
  expect(resolve({}, 'folder')).toMatchObject({ name: 'hypercorr', queries: 'in-order', episodes: undefined });
  expect(resolve({ episodes: 7 }, 'folder')).toMatchObject({ queries: 'random', episodes: 7, changed: [] });
  expect(resolve({ episodes: 7, queries: 'in-order' }, 'folder')).toMatchObject({
    queries: 'in-order',
    episodes: 7,
    changed: ['queries'],
  });
  expect(resolve({ episodes: 7 }, 'pascal')).toMatchObject({
    queries: 'in-order',
    episodes: 7,
    changed: ['episodes'],
  });
});

test('a sentence says all of it, and which parts are changed', () => {
  expect(protocolInWords(resolve({}, 'pascal'), evaluated)).toBe(
    'hsnet; 1000 episodes, images in turn as the query, supports drawn by numpy-legacy-0, which may repeat them; 5 classes of pascal-fold0/test, 5-shot; ' +
      "images at 400×400, scored there, void left out; foreground from half of the image's most votes on",
  );
  const changed = resolve(
    { protocol: 'hsnet', void: 'background', vote: 'majority', scoreSize: 'original', minPixels: 2048 },
    'coco',
  );
  expect(protocolInWords(changed, { ...evaluated, seed: 3, seeds: 5 })).toBe(
    'hsnet, changed in score size, void, least pixels, vote; random: 1000 episodes, class uniform, then image, supports drawn by numpy-legacy-3 to 7, which may repeat them; ' +
      "5 classes of pascal-fold0/test, 5-shot; images at 400×400, scored at the masks' own sizes, void as background; objects of at least 2048 pixels; " +
      'foreground from half of the shots on',
  );
  expect(protocolInWords(resolve({}, 'fss'), { ...evaluated, shots: '1', episodesFrom: 'e.jsonl' })).toContain(
    'hsnet; the episodes of e.jsonl; 5 classes',
  );
});

/** As many pairs of each fold as PASCAL-5i's published lists have, its five classes in turn. */
const published = [346, 451, 725, 346];
function pairsOfFold(fold: number) {
  return Array.from({ length: published[fold] ?? 0 }, (_, i) => ({
    classId: 5 * fold + (i % 5),
    sample: { image: `${fold}/${i}.jpg`, mask: `${fold}/${i}.png` },
  }));
}
function pascal(...folds: readonly number[]): Dataset {
  const pairs = folds.flatMap(pairsOfFold);
  const ids = [...new Set(pairs.map(({ classId }) => classId))];
  const samples = (id: number) => pairs.filter(({ classId }) => classId === id).map(({ sample }) => sample);
  return {
    name: 'pascal',
    root: '.',
    pairs,
    classes: ids.map((id) => ({ id, name: `class ${id}`, samples: samples(id) })),
  };
}

test('all folds of PASCAL-5i together have every pair as the query, and a fold its thousand', () => {
  const whole = pascal(0, 1, 2, 3);
  const drawn = ({ sampler, queries, episodes }: ReturnType<typeof resolve>, dataset: Dataset) =>
    planEpisodes(dataset, { sampler, queries, episodes, seed: 0, shots: 1 }).map(({ query }) => query);
  const own = onAllFolds(resolve({ void: 'background' }, 'pascal'), 1868);
  expect(drawn(own, whole)).toEqual(whole.pairs?.map(({ sample }) => sample));
  expect(protocolInWords(own, { ...evaluated, shots: '1' })).toMatch(
    /^hsnet, changed in episodes, void; every-query: each image once as the query, supports drawn by numpy-legacy-0, which may repeat them;/,
  );
  // The thousandth pair is of fold 2.
  expect(new Set(drawn(resolve({}, 'pascal'), whole).map(({ image }) => image[0]))).toEqual(new Set(['0', '1', '2']));
  for (const fold of [0, 1, 2, 3]) {
    const usual = resolve({}, 'pascal');
    expect(onAllFolds(usual, published[fold] ?? 0)).toBe(usual);
    expect(drawn(usual, pascal(fold))).toHaveLength(1000);
  }
  // More than there are pairs, drawn at random, or every pair anyway.
  for (const [settings, benchmark] of [
    [{ protocol: 'pfenet' }, 'pascal'],
    [{}, 'coco'],
    [{}, 'fss'],
  ] as const) {
    const usual = resolve(settings, benchmark);
    expect(onAllFolds(usual, 1868)).toBe(usual);
  }
});

test('every name has a preset', () => {
  expect([...protocolNames].sort()).toEqual(Object.keys(protocols).sort());
});
