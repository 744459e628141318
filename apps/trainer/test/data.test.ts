import { mkdtempSync, mkdirSync, renameSync, rmSync } from 'node:fs';
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
