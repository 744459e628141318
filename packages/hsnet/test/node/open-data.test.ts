import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withEnoughImages, type TrainingDescription } from '../../src/index.ts';
import { openClassSplit, openTestClasses, type DataOptions } from '../../src/node.ts';
import { writeClassFolders } from '../support/class-folders.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeClassFolders(join(root, 'episodes'), ['class-a', 'class-b', 'class-c', 'class-d', 'class-e'], 2);
  await writeClassFolders(join(root, 'held-out'), ['unseen-a', 'unseen-b'], 2);
});

const generated = { benchmark: 'generated', root: root } as const;
const names = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);
const scoredOf = async (options: DataOptions, training: TrainingDescription | undefined): Promise<Dataset> =>
  (await openTestClasses(options, { training })).dataset;

test("the generated dataset's own split holds for all that no list names", async () => {
  const own = await openClassSplit(generated);
  expect([names(own.train), names(own.validation), names(own.test)]).toEqual([
    ['class-a', 'class-b', 'class-c', 'class-d'],
    ['class-e'],
    ['unseen-a', 'unseen-b'],
  ]);
  const listed = await openClassSplit(generated, { validation: ['class-b', 'unseen-a'] });
  expect([names(listed.train), names(listed.validation), names(listed.test)]).toEqual([
    ['class-a', 'class-c', 'class-d'],
    ['class-b', 'unseen-a'],
    ['unseen-b'],
  ]);
});

test('a part that lists leave nothing for is refused', async () => {
  await expect(openClassSplit(generated, { train: ['unseen-a', 'unseen-b'] })).rejects.toThrow(
    /has 7 classes, and none is left for test/,
  );
});

test('the classes that a model is scored on had no part in its training', async () => {
  const training = {
    benchmark: 'generated',
    classes: ['class-a', 'class-b'],
    validationClasses: ['class-c'],
    shots: 1,
    seed: 0,
    step: 1,
  };
  expect(names(await scoredOf(generated, training))).toEqual(['class-d', 'class-e', 'unseen-a', 'unseen-b']);
  expect(names(await scoredOf(generated, undefined))).toEqual(['unseen-a', 'unseen-b']);
});

test('data of a class or two is scored whole', async () => {
  await writeClassFolders(join(root, 'two'), ['class-a', 'class-b'], 2);
  const settings = { benchmark: 'folder', root: join(root, 'two') } as const;
  expect(names(await scoredOf(settings, undefined))).toEqual(['class-a', 'class-b']);
  const training = {
    benchmark: 'folder',
    classes: ['class-a'],
    validationClasses: [],
    shots: 1,
    seed: 0,
    step: 1,
  };
  expect(names(await scoredOf(settings, training))).toEqual(['class-b']);
});

test("other data than a model's own is scored whole, and what it was trained on is left out by name", async () => {
  const settings = { benchmark: 'folder', root: join(root, 'episodes') } as const;
  const training = {
    benchmark: 'fss',
    classes: ['other-a'],
    validationClasses: ['other-b'],
    shots: 1,
    seed: 0,
    step: 1,
  };
  const { dataset, why } = await openTestClasses(settings, { training });
  expect([names(dataset).length, dataset.name, why]).toEqual([
    5,
    'episodes',
    `scores all 5 classes of ${settings.root}: those that had no part in the training of the weights`,
  ]);
  const some = await openTestClasses(settings, {
    training: { ...training, classes: ['class-b'], validationClasses: ['class-d'] },
  });
  expect([names(some.dataset), some.dataset.name, some.why]).toEqual([
    ['class-a', 'class-c', 'class-e'],
    'episodes/test',
    expect.stringContaining('scores 3 of 5 classes of'),
  ]);
  // PASCAL and COCO call a class differently.
  await writeClassFolders(join(root, 'home'), ['sofa', 'class-b'], 2);
  expect(
    names(await scoredOf({ benchmark: 'folder', root: join(root, 'home') }, { ...training, classes: ['couch'] })),
  ).toEqual(['class-b']);
});

test('episodes that may have a support twice need two images a class, whatever the shots', async () => {
  const all = await scoredOf({ benchmark: 'folder', root: join(root, 'episodes') }, undefined);
  expect(withEnoughImages(all, 5, { repeated: true })).toEqual({ dataset: all, warning: undefined });
  expect(() => withEnoughImages(all, 5)).toThrow(
    '5-shot episodes need 6 images a class, one of them the query, and every class of episodes has fewer: class-a (2)',
  );
  expect(() => withEnoughImages({ ...all, classes: [] }, 1)).toThrow('and episodes has no class with images');
});

test("weights that do not know their training are scored on all of one's own data, and on the test part of the benchmarks", async () => {
  const settings = { benchmark: 'folder', root: join(root, 'episodes') } as const;
  const { dataset, why } = await openTestClasses(settings);
  expect([names(dataset).length, why]).toEqual([
    5,
    `scores all 5 classes of ${settings.root}: the weights do not say what they were trained on`,
  ]);
  const published = await openTestClasses({ ...settings, benchmark: 'fss' });
  expect([names(published.dataset).length, published.why]).toEqual([
    1,
    expect.stringMatching(/^scores 1 of 5 classes of .*, its test part: the weights do not say/),
  ]);
  expect((await openTestClasses(settings, { classes: ['class-a'] })).why).toBeUndefined();
});

test('of two classes one is validated on and none set aside; of one its last images are validated on', async () => {
  await writeClassFolders(join(root, 'pair'), ['class-a', 'class-b'], 2);
  const two = await openClassSplit({ benchmark: 'folder', root: join(root, 'pair') });
  expect([...names(two.train), ...names(two.validation)].toSorted()).toEqual(['class-a', 'class-b']);
  expect([names(two.train).length, names(two.validation).length, names(two.test).length]).toEqual([1, 1, 0]);
  const chosen = await openClassSplit({ benchmark: 'folder', root: join(root, 'pair') }, { validation: ['class-b'] });
  expect([names(chosen.train), names(chosen.validation), names(chosen.test)]).toEqual([['class-a'], ['class-b'], []]);
  const tested = await openClassSplit({ benchmark: 'folder', root: join(root, 'pair') }, { test: ['class-a'] });
  expect([names(tested.train), names(tested.validation), names(tested.test)]).toEqual([
    ['class-b'],
    ['class-b'],
    ['class-a'],
  ]);
  const training = {
    benchmark: 'folder',
    classes: ['class-a'],
    validationClasses: ['class-b'],
    shots: 1,
    seed: 0,
    step: 1,
  };
  await expect(openTestClasses({ benchmark: 'folder', root: join(root, 'pair') }, { training })).rejects.toThrow(
    'were used for training',
  );

  const single = join(root, 'single');
  await writeClassFolders(single, ['class-a'], 12);
  const { train, validation, test: none } = await openClassSplit({ benchmark: 'folder', root: single });
  const images = ({ classes }: Dataset): string[] =>
    classes.flatMap(({ samples }) => samples.map(({ image }) => basename(image)));
  expect([names(train), names(validation), names(none)]).toEqual([['class-a'], ['class-a'], []]);
  const numbered = (...numbers: readonly number[]): string[] => numbers.map((number) => `${number}.jpg`);
  expect([images(train), images(validation)]).toEqual([numbered(1, 2, 3, 4, 5, 6, 7, 8), numbered(9, 10, 11, 12)]);
  expect([train.name, validation.name]).toEqual(['single/train', 'single/validation']);
  // In whatever order a manifest has them; and four are enough for a pair on both sides.
  writeFileSync(
    join(single, 'manifest.jsonl'),
    [4, 2, 3, 1].map((i) => `{"image":"class-a/${i}.jpg","mask":"class-a/${i}.png","class":"it"}\n`).join(''),
  );
  const divided = await openClassSplit({ benchmark: 'manifest', root: single });
  expect([images(divided.train), images(divided.validation)]).toEqual([numbered(1, 2), numbered(3, 4)]);

  // Of several classes to train on, one can be spared.
  await expect(
    openClassSplit({ benchmark: 'folder', root: join(root, 'pair') }, { train: ['class-a', 'class-b'] }),
  ).rejects.toThrow('pair has 2 classes, and none is left for validation; name classes');
  await expect(
    openClassSplit({ benchmark: 'folder', root: join(root, 'pair') }, { validation: ['class-a', 'class-b'] }),
  ).rejects.toThrow('none is left for train');
});

test('a manifest says which images are trained on, and which are scored', async () => {
  const line = (letter: string, image: number, split: string): string =>
    `${JSON.stringify({ image: `episodes/class-${letter}/${image}.jpg`, mask: `episodes/class-${letter}/${image}.png`, class: `class-${letter}`, split })}\n`;
  const both = (letter: string, split: string): string => line(letter, 1, split) + line(letter, 2, split);
  const manifest = join(root, 'manifest.jsonl');
  writeFileSync(
    manifest,
    ['a', 'b'].map((letter) => both(letter, 'train')).join('') + both('c', 'val') + both('d', 'test'),
  );
  const settings = { benchmark: 'manifest', root: manifest } as const;
  const split = await openClassSplit(settings);
  expect([names(split.train), names(split.validation), names(split.test)]).toEqual([
    ['class-a', 'class-b'],
    ['class-c'],
    ['class-d'],
  ]);
  const training = {
    benchmark: 'manifest',
    classes: ['class-a'],
    validationClasses: [],
    shots: 1,
    seed: 0,
    step: 1,
  };
  expect(names(await scoredOf(settings, training))).toEqual(['class-d']);

  // Without validation images the classes for it have to be named: none is left over.
  writeFileSync(manifest, ['a', 'b', 'c'].map((letter) => both(letter, 'train')).join('') + both('d', 'test'));
  await expect(openClassSplit(settings)).rejects.toThrow('none is left for validation; name classes for the parts');
  const named = await openClassSplit(settings, { validation: ['class-b'] });
  expect([names(named.train), names(named.validation), names(named.test)]).toEqual([
    ['class-a', 'class-c'],
    ['class-b'],
    ['class-d'],
  ]);
});

test('lists of FSS-1000 say which classes are tested, and number them', async () => {
  mkdirSync(join(root, 'lists'), { recursive: true });
  for (const [name, classes] of [
    ['trn', 'class-c\nclass-a\n'],
    ['val', 'class-e\n'],
    ['test', 'class-d\nclass-b\n'],
  ] as const)
    writeFileSync(join(root, 'lists', `${name}.txt`), classes);
  const settings = { benchmark: 'fss', root: join(root, 'episodes'), lists: join(root, 'lists') } as const;
  const { train, validation, test: tested } = await openClassSplit(settings);
  expect([names(train), names(validation), names(tested)]).toEqual([
    ['class-a', 'class-c'],
    ['class-e'],
    ['class-b', 'class-d'],
  ]);
  expect(tested.classes.map(({ id }) => id)).toEqual([3, 4]);
  expect(names(await scoredOf(settings, undefined))).toEqual(['class-b', 'class-d']);
});
