import { rm } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { checkBenchmark, openBenchmark, writeLists } from '../../src/node.ts';
import { writeCoco, writePascal } from '../support/benchmarks.ts';
import { testFolder } from '../support/folder.ts';

/** Whole benchmarks are written. */
vi.setConfig({ testTimeout: 30_000 });
const folder = testFolder();

it('PASCAL-5i is counted and compared with the published lists, and its files are checked', async () => {
  const root = await writePascal(folder);
  await folder.write('data/VOC2012/JPEGImages/2007_000000.jpg', 'no picture');
  await folder.write('data/VOC2012/JPEGImages/2007_000100.jpg', 'no picture');
  await rm(folder.path('data/VOC2012/JPEGImages/2007_001902.jpg'));
  const files = await writeLists({ benchmark: 'pascal', root }, folder.path('data/VOC2012/splits'));
  expect(files.length).toBe(8);
  // A list of images that are not there any more.
  await rm(folder.path('data/VOC2012/JPEGImages/2007_001901.jpg'));
  const census = await checkBenchmark({ benchmark: 'pascal', root, shots: 2 });
  expect(census.folds[0]).toEqual({
    fold: 0,
    train: { pairs: 15, images: 15, classes: 15 },
    test: { pairs: 10, images: 10, classes: 5 },
    novelImages: 0,
    differences: [
      'train pairs: 15, and 11394 in the published lists',
      'train images: 15, and 8450 in the published lists',
      'test pairs: 10, and 346 in the published lists',
      'test images: 10, and 345 in the published lists',
      'novel images: 0, and 637 in the published lists',
    ],
  });
  expect(census.source).toBe(`lists of ${folder.path('data/VOC2012/splits')}`);
  expect([census.images, census.classes.length, census.encodings]).toEqual([58, 20, { indexed: 58 }]);
  const errors = census.faults
    .filter(({ severity }) => severity === 'error')
    .map(({ kind, file }) => `${kind} ${file}`.replace(folder.path('data/VOC2012'), ''));
  expect(errors).toEqual([
    'missing-file /JPEGImages/2007_001901.jpg',
    'image /JPEGImages/2007_000000.jpg',
    'few-images , class aeroplane',
    'image /JPEGImages/2007_000100.jpg',
    'few-images , class bicycle',
    'few-images , class tvmonitor',
  ]);
});

it('COCO-20i is counted, and may be counted alone', async () => {
  const root = await writeCoco(folder);
  await writeLists({ benchmark: 'coco', root }, folder.path('data/COCO2014/splits'));
  await rm(folder.path('data/COCO2014/val2014/COCO_val2014_000000001000.jpg'));
  const census = await checkBenchmark({ benchmark: 'coco', root, files: false });
  expect(
    census.folds.map(({ train, test, novelImages }) => [
      train.images,
      train.classes,
      test.images,
      test.classes,
      novelImages,
    ]),
  ).toEqual(Array.from({ length: 4 }, () => [120, 60, 40, 20, 0]));
  expect(census.images).toBe(319);
  expect(census.folds[0]?.differences).toContain('train images: 120, and 62040 in the published lists');
  expect(census.faults).toEqual([
    {
      severity: 'error',
      kind: 'missing-file',
      file: folder.path('data/COCO2014/val2014/COCO_val2014_000000001000.jpg'),
      message: 'the lists name this file, but it is missing',
    },
  ]);
});

it('of the contiguous division no published counts are known', async () => {
  const { folds } = await checkBenchmark({
    benchmark: 'coco',
    root: await writeCoco(folder),
    division: 'contiguous',
    files: false,
  });
  expect(folds.map(({ test, differences }) => [test.images, differences])).toEqual(
    [0, 1, 2, 3].map(() => [40, undefined]),
  );
});

it('lists that were written are those that are made', async () => {
  for (const [benchmark, root] of [
    ['pascal', await writePascal(folder)],
    ['coco', await writeCoco(folder)],
  ] as const) {
    const open = async (lists?: string) => {
      const { train, test } = await openBenchmark({ benchmark, root, fold: 3, lists });
      return { train, test };
    };
    await writeLists({ benchmark, root }, folder.path(`lists-${benchmark}`));
    expect(await open(folder.path(`lists-${benchmark}`))).toEqual(await open());
  }
});
