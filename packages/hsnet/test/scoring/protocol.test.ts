import { planEpisodes, type Dataset } from '@hypercorr/datasets';
import { expect, test } from 'vitest';
import { protocolOn } from '../src/commands/eval/plans.ts';
import { onAllFolds, presets, protocolInWords, protocolNames, resolveProtocol } from '../src/protocol.ts';

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
  expect(resolveProtocol({}, 'pascal')).toEqual({ ...published, queries: 'in-order', episodes: 1000 });
  expect(resolveProtocol({}, 'coco')).toEqual({ ...published, queries: 'random', episodes: 1000 });
  expect(resolveProtocol({}, 'fss')).toEqual({ ...published, queries: 'in-order', episodes: undefined });
  expect(resolveProtocol({ protocol: 'hsnet-original' }, 'fss')).toEqual({
    ...resolveProtocol({}, 'fss'),
    name: 'hsnet-original',
    scoreSize: 'original',
  });
  expect(resolveProtocol({ protocol: 'pfenet' }, 'pascal')).toMatchObject({ queries: 'in-order', episodes: 5000 });
  expect(resolveProtocol({ protocol: 'pfenet' }, 'coco')).toMatchObject({
    episodes: 20_000,
    minPixels: 2048,
    scoreSize: 'original',
    sampler: 'hypercorr',
  });
});

test('data without a published protocol has every image as the query, or random ones where a number is given', () => {
  expect(resolveProtocol({}, 'folder')).toMatchObject({ name: 'hypercorr', queries: 'in-order', episodes: undefined });
  expect(resolveProtocol({ episodes: 7 }, 'folder')).toMatchObject({ queries: 'random', episodes: 7, changed: [] });
  expect(resolveProtocol({ episodes: 7, queries: 'in-order' }, 'folder')).toMatchObject({
    queries: 'in-order',
    episodes: 7,
    changed: ['queries'],
  });
  expect(resolveProtocol({ episodes: 7 }, 'pascal')).toMatchObject({
    queries: 'in-order',
    episodes: 7,
    changed: ['episodes'],
  });
});

test('a sentence says all of it, and what options changed', () => {
  expect(protocolInWords(resolveProtocol({}, 'pascal'), evaluated)).toBe(
    'hsnet; 1000 episodes, images in turn as the query, supports drawn by numpy-legacy-0, which may repeat them; 5 classes of pascal-fold0/test, 5-shot; ' +
      "images at 400×400, scored there, void left out; foreground from half of the image's most votes on",
  );
  const changed = resolveProtocol(
    { protocol: 'hsnet', void: 'background', vote: 'majority', scoreSize: 'original', minPixels: 2048 },
    'coco',
  );
  expect(protocolInWords(changed, { ...evaluated, seed: 3, seeds: 5 })).toBe(
    'hsnet, changed in score-size, void, min-pixels, vote; random: 1000 episodes, class uniform, then image, supports drawn by numpy-legacy-3 to 7, which may repeat them; ' +
      "5 classes of pascal-fold0/test, 5-shot; images at 400×400, scored at the masks' own sizes, void as background; objects of at least 2048 pixels; " +
      'foreground from half of the shots on',
  );
  expect(protocolInWords(resolveProtocol({}, 'fss'), { ...evaluated, shots: '1', episodesFrom: 'e.jsonl' })).toContain(
    'hsnet; the episodes of e.jsonl; 5 classes',
  );
});

test("the published sampler's name is its seed's", () => {
  expect(resolveProtocol({ protocol: 'hypercorr', sampler: 'numpy-legacy-0' }, 'pascal')).toMatchObject({
    sampler: 'numpy-legacy',
    changed: ['sampler'],
  });
  expect(resolveProtocol({ sampler: 'numpy-legacy-0' }, 'pascal')).toEqual(resolveProtocol({}, 'pascal'));
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
  const drawn = (protocol: ReturnType<typeof resolveProtocol>, dataset: Dataset) =>
    planEpisodes(dataset, { ...protocol, seed: 0, shots: 1 }).map(({ query }) => query);
  const own = onAllFolds(resolveProtocol({ void: 'background' }, 'pascal'), 1868);
  expect(drawn(own, whole)).toEqual(whole.pairs?.map(({ sample }) => sample));
  expect(protocolInWords(own, { ...evaluated, shots: '1' })).toMatch(
    /^hsnet, changed in episodes, void; every-query: each image once as the query, supports drawn by numpy-legacy-0, which may repeat them;/,
  );
  // The thousandth pair is of fold 2.
  expect(new Set(drawn(resolveProtocol({}, 'pascal'), whole).map(({ image }) => image[0]))).toEqual(
    new Set(['0', '1', '2']),
  );
  for (const fold of [0, 1, 2, 3]) {
    const usual = resolveProtocol({}, 'pascal');
    expect(onAllFolds(usual, published[fold] ?? 0)).toBe(usual);
    expect(drawn(usual, pascal(fold))).toHaveLength(1000);
  }
  // More than there are pairs, drawn at random, or every pair anyway.
  for (const [settings, benchmark] of [
    [{ protocol: 'pfenet' }, 'pascal'],
    [{}, 'coco'],
    [{}, 'fss'],
  ] as const) {
    const usual = resolveProtocol(settings, benchmark);
    expect(onAllFolds(usual, 1868)).toBe(usual);
  }
});

test('that is for models of other data, where nobody says which fold or how many episodes', () => {
  const protocol = resolveProtocol({}, 'pascal');
  const trainedOn = (benchmark: string, fold: number) => ({
    benchmark,
    fold,
    classes: [],
    validationClasses: [],
    shots: 1,
    seed: 0,
    step: 1,
    nextEpisode: 1,
  });
  const said: string[] = [];
  const log = { say: (text: string) => said.push(text) };
  const asked = { benchmark: 'pascal', fold: undefined };
  for (const training of [undefined, trainedOn('coco', 0)]) {
    expect(protocolOn(pascal(0, 1, 2, 3), asked, { protocol, training, log })).toMatchObject({
      episodes: undefined,
      changed: ['episodes'],
    });
  }
  expect(said).toEqual(
    Array(2).fill('every image is the query once, 1868 episodes: the 1000 of a fold would not reach the last of them'),
  );
  const training = trainedOn('coco', 0);
  for (const settings of [
    { ...asked, fold: 0 },
    { ...asked, episodes: 1000 },
    { ...asked, episodesFrom: 'e.jsonl' },
  ]) {
    expect(protocolOn(pascal(0, 1, 2, 3), settings, { protocol, training, log })).toBe(protocol);
  }
  expect(protocolOn(pascal(0, 1, 2, 3), asked, { protocol, training: trainedOn('pascal', 0), log })).toBe(protocol);
  expect(said).toHaveLength(2);
});

test('every name has a preset', () => {
  expect([...protocolNames].sort()).toEqual(Object.keys(presets).sort());
});
