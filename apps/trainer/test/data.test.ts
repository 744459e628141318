import { mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSplit, openTestClasses } from '../src/data.ts';
import { writeShapes } from './support/shapes-dataset.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeShapes(join(root, 'episodes'), { classes: 5, images: 2, side: 8 });
  await writeShapes(join(root, 'held-out'), { classes: 2, images: 2, side: 8 });
  for (const letter of ['a', 'b']) renameSync(join(root, 'held-out', `class-${letter}`), join(root, 'held-out', `unseen-${letter}`));
});

const generated = { benchmark: 'generated', data: root } as const;
const names = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);

test("the generated dataset's own split holds for all that no list names", async () => {
  const own = await openSplit(generated);
  expect([names(own.train), names(own.validation), names(own.test)]).toEqual([
    ['class-a', 'class-b', 'class-c', 'class-d'], ['class-e'], ['unseen-a', 'unseen-b'],
  ]);
  const listed = await openSplit({ ...generated, valClasses: 'class-b,unseen-a' });
  expect([names(listed.train), names(listed.validation), names(listed.test)]).toEqual([
    ['class-a', 'class-c', 'class-d'], ['class-b', 'unseen-a'], ['unseen-b'],
  ]);
});

test('a part that lists leave nothing for is refused', async () => {
  await expect(openSplit({ ...generated, trainClasses: 'unseen-a,unseen-b' })).rejects.toThrow(/has 7 classes, and none is left for test/);
  await expect(openSplit({ ...generated, trainClasses: ' ,' })).rejects.toThrow('--train-classes: " ," names no class');
});

test('a folder that is named as a class is no list', async () => {
  const before = process.cwd();
  mkdirSync(join(root, 'here', 'class-b'), { recursive: true });
  process.chdir(join(root, 'here'));
  try {
    expect(names((await openSplit({ ...generated, valClasses: 'class-b' })).validation)).toEqual(['class-b']);
  } finally {
    process.chdir(before);
  }
});

test('the classes that a model is scored on had no part in its training', async () => {
  const training = { benchmark: 'generated', classes: ['class-a', 'class-b'], validationClasses: ['class-c'], shots: 1, seed: 0, step: 1, nextEpisode: 1 };
  expect(names(await openTestClasses(generated, training))).toEqual(['class-d', 'class-e', 'unseen-a', 'unseen-b']);
  expect(names(await openTestClasses(generated, undefined))).toEqual(['unseen-a', 'unseen-b']);
});

test('data of a class or two is scored whole', async () => {
  await writeShapes(join(root, 'two'), { classes: 2, images: 2, side: 8 });
  const settings = { benchmark: 'folder', data: join(root, 'two') } as const;
  expect(names(await openTestClasses(settings, undefined))).toEqual(['class-a', 'class-b']);
  const training = { benchmark: 'folder', classes: ['class-a'], validationClasses: [], shots: 1, seed: 0, step: 1, nextEpisode: 1 };
  expect(names(await openTestClasses(settings, training))).toEqual(['class-b']);
});

test('a manifest says which images are trained on, and which are scored', async () => {
  const line = (letter: string, image: number, split: string): string =>
    `${JSON.stringify({ image: `episodes/class-${letter}/${image}.jpg`, mask: `episodes/class-${letter}/${image}.png`, class: `class-${letter}`, split })}\n`;
  const both = (letter: string, split: string): string => line(letter, 1, split) + line(letter, 2, split);
  const manifest = join(root, 'manifest.jsonl');
  writeFileSync(manifest, ['a', 'b'].map((letter) => both(letter, 'train')).join('') + both('c', 'val') + both('d', 'test'));
  const settings = { benchmark: 'manifest', data: manifest } as const;
  const split = await openSplit(settings);
  expect([names(split.train), names(split.validation), names(split.test)]).toEqual([['class-a', 'class-b'], ['class-c'], ['class-d']]);
  const training = { benchmark: 'manifest', classes: ['class-a'], validationClasses: [], shots: 1, seed: 0, step: 1, nextEpisode: 1 };
  expect(names(await openTestClasses(settings, training))).toEqual(['class-d']);

  // Without validation images the classes for it have to be named: none is left over.
  writeFileSync(manifest, ['a', 'b', 'c'].map((letter) => both(letter, 'train')).join('') + both('d', 'test'));
  await expect(openSplit(settings)).rejects.toThrow('0 are too few for validation; --train-classes, --val-classes and --test-classes name some');
  const named = await openSplit({ ...settings, valClasses: 'class-b' });
  expect([names(named.train), names(named.validation), names(named.test)]).toEqual([['class-a', 'class-c'], ['class-b'], ['class-d']]);
});

test('lists of FSS-1000 say which classes are tested, and number them', async () => {
  mkdirSync(join(root, 'lists'), { recursive: true });
  for (const [name, classes] of [['trn', 'class-c\nclass-a\n'], ['val', 'class-e\n'], ['test', 'class-d\nclass-b\n']] as const) writeFileSync(join(root, 'lists', `${name}.txt`), classes);
  const settings = { benchmark: 'fss', data: join(root, 'episodes'), splits: join(root, 'lists') } as const;
  const { train, validation, test: tested } = await openSplit(settings);
  expect([names(train), names(validation), names(tested)]).toEqual([['class-a', 'class-c'], ['class-e'], ['class-b', 'class-d']]);
  expect(tested.classes.map(({ id }) => id)).toEqual([3, 4]);
  expect(names(await openTestClasses(settings, undefined))).toEqual(['class-b', 'class-d']);
});
