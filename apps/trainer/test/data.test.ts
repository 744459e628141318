import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageError } from '../src/cli/failure.ts';
import { openSplit, openTestClasses, withEnoughImages } from '../src/cli/open-data.ts';
import { writeShapes } from './support/shapes-dataset.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(() => writeShapes(join(root, 'five'), { classes: 5, images: 2, side: 8 }));

const settings = { benchmark: 'folder', data: join(root, 'five') } as const;
const names = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);

test('a list is names with commas between, or a file with one a line; a folder of that name is no list', async () => {
  const before = process.cwd();
  mkdirSync(join(root, 'here', 'class-b'), { recursive: true });
  writeFileSync(join(root, 'here', 'classes.txt'), 'class-d\n# no class\nclass-e\n');
  process.chdir(join(root, 'here'));
  try {
    const split = await openSplit({ ...settings, valClasses: 'class-b, class-a', testClasses: 'classes.txt' });
    expect([names(split.train), names(split.validation), names(split.test)]).toEqual([
      ['class-c'],
      ['class-b', 'class-a'],
      ['class-d', 'class-e'],
    ]);
    const { dataset, why } = await openTestClasses({ ...settings, testClasses: 'class-b' }, undefined);
    expect([names(dataset), why]).toEqual([['class-b'], undefined]);
  } finally {
    process.chdir(before);
  }
});

test('what is wrong with classes is said with the options that choose them', async () => {
  const training = { benchmark: 'folder', shots: 1, seed: 0, step: 1, nextEpisode: 1, validationClasses: [] };
  const all = names((await openTestClasses(settings, undefined)).dataset);
  for (const [failing, message] of [
    [() => openSplit({ ...settings, trainClasses: ' ,' }), '--train-classes: " ," names no class'],
    [() => openSplit({ ...settings, valClasses: 'class-a', testClasses: 'class-a' }), 'class class-a is named twice'],
    [
      () => openSplit({ ...settings, valClasses: all.join(',') }),
      'none is left for train; name classes for the parts. Choose classes with --train-classes, --val-classes and',
    ],
    [
      () => openTestClasses(settings, { ...training, classes: all }),
      `all classes of ${settings.data} were used for training. Choose classes to score with --test-classes LIST`,
    ],
    [() => openSplit({ ...settings, fold: 0 }), '--fold is for --benchmark pascal, coco; this one is folder'],
    [() => openSplit({ benchmark: 'pascal', data: root }), '--fold N is missing'],
    [() => openSplit({ benchmark: 'generated', data: root }), 'is not a folder; hypercorr datasets generate makes one'],
    [() => openSplit({ benchmark: 'manifest', data: join(root, 'no.jsonl') }), 'give the manifest, or its folder'],
  ] as const) {
    const error = await failing().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(message);
  }
});

test('classes with too few images are left out with a warning', async () => {
  await writeShapes(join(root, 'mixed'), { classes: 2, images: 3, side: 8 });
  for (const kind of ['jpg', 'png']) rmSync(join(root, 'mixed', 'class-b', `3.${kind}`));
  const { dataset } = await openTestClasses({ ...settings, data: join(root, 'mixed') }, undefined);
  const warnings: string[] = [];
  expect(names(withEnoughImages(dataset, 2, (message) => warnings.push(message)))).toEqual(['class-a']);
  expect(warnings).toEqual([
    '2-shot episodes need 3 images a class, one of them the query; left out of mixed: class-b (2)',
  ]);
  expect(() => withEnoughImages(dataset, 5, () => undefined)).toThrow(UsageError);
});
