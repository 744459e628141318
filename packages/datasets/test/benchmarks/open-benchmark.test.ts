import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, it, vi } from 'vitest';
import { cocoClasses, encodeMaskPng, formatCocoList, type Dataset } from '../../src/index.ts';
import {
  episodeSource,
  openBenchmark,
  openEveryTest,
  openFolds,
  openFoldTests,
  Prefetcher,
  readSample,
  writeLists,
} from '../../src/node.ts';
import { columns, side, writeCoco, writePascal } from '../support/benchmarks.ts';
import { testFolder } from '../support/folder.ts';
import { writeClass } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

/** Whole benchmarks are written. */
vi.setConfig({ testTimeout: 30_000 });
const folder = testFolder();

const images = ({ pairs = [] }: Dataset): string[] => pairs.map(({ sample }) => sample.name ?? sample.image);

describe('PASCAL-5i', () => {
  it('trains on three folds and tests the fourth; without lists, by the masks', async () => {
    const root = await writePascal(folder, 2);
    const { train, validation, test, source } = await openBenchmark({ benchmark: 'pascal', root, fold: 1 });
    expect(source).toBe('lists made from the masks, classes of at least 2048 pixels an image');
    expect(test.classes.map(({ id, name, samples }) => [id, name, samples.length])).toEqual([
      [5, 'bus', 2],
      [6, 'car', 2],
      [7, 'cat', 2],
      [8, 'chair', 2],
      [9, 'cow', 2],
    ]);
    expect(train.classes.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(validation).toBe(test);
    expect(images(test)).toEqual([
      '2007_000502',
      '2007_000503',
      '2007_000602',
      '2007_000603',
      '2007_000702',
      '2007_000703',
      '2007_000802',
      '2007_000803',
      '2007_000902',
      '2007_000903',
    ]);
    expect(test.pairs?.[2]).toEqual({
      classId: 6,
      sample: {
        name: '2007_000602',
        image: folder.path('data/VOC2012/JPEGImages/2007_000602.jpg'),
        mask: folder.path('data/VOC2012/SegmentationClassAug/2007_000602.png'),
        foreground: 7,
        mayVanish: true,
      },
    });
  });

  it('gives episodes of every kind of photograph and mask', async () => {
    const { test } = await openBenchmark({ benchmark: 'pascal', root: await writePascal(folder), fold: 0 });
    const episodes = new Prefetcher(episodeSource(test, { seed: 0, shots: 1 }), {
      end: 10,
      workers: 0,
      onFault: ({ error }) => expect.fail(error.message),
    });
    let read = 0;
    for await (const { item } of episodes) {
      for (const { image, mask } of [item.query, ...item.supports]) {
        expect([image.width, image.height]).toEqual([side, side]);
        expect([...mask.data.subarray(0, side)]).toEqual([...columns(side, 1, [side / 2 + 2, 1], [1, 255]).data]);
      }
      read += 1;
    }
    expect(read).toBe(10);
  });

  it('lists an image for each class with enough pixels, and drops those with test classes on request', async () => {
    const root = await writePascal(folder);
    // 31 columns of aeroplanes: 1984 pixels; 32 columns of buses: 2048 pixels; and one of cars: 64.
    await folder.write(
      'data/VOC2012/SegmentationClassAug/2007_000000.png',
      encodeMaskPng(columns(side, side, [31, 1], [32, 6], [1, 7])),
    );
    const { train } = await openBenchmark({ benchmark: 'pascal', root, fold: 2 });
    expect(train.pairs?.filter(({ sample }) => sample.name === '2007_000000').map(({ classId }) => classId)).toEqual([
      5,
    ]);
    await folder.write(
      'data/VOC2012/SegmentationClassAug/2007_000000.png',
      encodeMaskPng(columns(side, side, [32, 1], [32, 6])),
    );
    const open = async (novel: 'keep' | 'drop') =>
      images((await openBenchmark({ benchmark: 'pascal', root, fold: 1, novel })).train);
    expect((await open('keep')).includes('2007_000000')).toBe(true);
    expect((await open('drop')).includes('2007_000000')).toBe(false);
    expect((await open('drop')).length).toBe((await open('keep')).length - 1);
  });

  it('takes lists, whose files have to be there', async () => {
    const root = await writePascal(folder);
    for (const fold of [0, 1, 2, 3]) await folder.write(`lists/pascal/trn/fold${fold}.txt`, '');
    await folder.write('lists/pascal/val/fold0.txt', '2007_000101__02\n2007_000002__01\n');
    const open = (lists = folder.path('lists')) =>
      openBenchmark({ benchmark: 'pascal', root, fold: 0, lists, parts: ['test'] });
    const { test, train, source } = await open();
    expect([images(test), train.classes, source]).toEqual([
      ['2007_000101', '2007_000002'],
      [],
      `lists of ${folder.path('lists/pascal')}`,
    ]);

    await rm(folder.path('data/VOC2012/JPEGImages/2007_000101.jpg'));
    const missing = folder.path('data/VOC2012/JPEGImages/2007_000101.jpg');
    await expect(open()).rejects.toThrow(
      new FormatError(
        'dataset',
        `1 file of the lists' 2 pairs is missing, the first ${missing}; copy the dataset again, or leave these images out of the lists`,
      ),
    );
    await expect(openBenchmark({ benchmark: 'pascal', root, fold: 1, lists: folder.path('lists') })).rejects.toThrow(
      `[list] ${folder.path('lists/pascal/val/fold1.txt')} cannot be read: there is no such file`,
    );
    await expect(open(folder.path('data'))).rejects.toThrow(
      new FormatError(
        'list',
        `${folder.path('data')} holds no split lists of pascal; it should have trn/fold0.txt … and val/fold0.txt …`,
      ),
    );
  });

  it('needs the lists that name novel images where these are dropped', async () => {
    const root = await writePascal(folder);
    for (const fold of [1, 2, 3]) await folder.write(`lists/trn/fold${fold}.txt`, '');
    await folder.write('lists/val/fold0.txt', '');
    const open = (novel: 'keep' | 'drop') =>
      openBenchmark({ benchmark: 'pascal', root, fold: 0, lists: folder.path('lists'), novel });
    expect((await open('keep')).train.pairs).toEqual([]);
    await expect(open('drop')).rejects.toThrow(
      `[list] ${folder.path('lists/trn/fold0.txt')} cannot be read: there is no such file`,
    );
  });

  it('finds lists beside its folder', async () => {
    const root = await writePascal(folder);
    await folder.write('data/splits/pascal/val/fold0.txt', '2007_000101__02\n');
    const { source, test } = await openBenchmark({ benchmark: 'pascal', root, fold: 0, parts: ['test'] });
    expect([source, images(test)]).toEqual([`lists of ${folder.path('data/splits/pascal')}`, ['2007_000101']]);
  });

  it('is tested whole, fold after fold', async () => {
    const {
      name,
      source,
      classes,
      pairs = [],
    } = await openEveryTest({ benchmark: 'pascal', root: await writePascal(folder) });
    expect([name, source, classes.length]).toEqual([
      'pascal, all folds',
      'lists made from the masks, classes of at least 2048 pixels an image',
      20,
    ]);
    expect(pairs.map(({ classId }) => classId)).toEqual(Array.from({ length: 40 }, (_, i) => Math.floor(i / 2)));
  });

  it('has what each fold tests, from lists made once', async () => {
    const root = await writePascal(folder);
    const told: number[] = [];
    const tests = await openFoldTests({ benchmark: 'pascal', root, onProgress: (done) => told.push(done) });
    // Of each mask, in the order in which they are done.
    expect(told).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    for (const fold of [0, 1, 2, 3]) {
      const { test, source } = await openBenchmark({ benchmark: 'pascal', root, fold, parts: ['test'] });
      expect(tests[fold]).toEqual({ ...test, source });
    }
  });

  it('is counted, fold after fold', async () => {
    const { folds } = await openFolds({ benchmark: 'pascal', root: await writePascal(folder) });
    const counts = {
      train: { pairs: 15, images: 15, classes: 15 },
      test: { pairs: 10, images: 10, classes: 5 },
      novelImages: 0,
    };
    expect(folds).toEqual([counts, counts, counts, counts]);
    await folder.write('lists/val/other.txt', '');
    await expect(
      openFolds({ benchmark: 'pascal', root: folder.path('data'), lists: folder.path('lists') }),
    ).rejects.toThrow(
      new FormatError('list', `no image of ${folder.path('data/VOC2012')} is in the lists of ${folder.path('lists')}`),
    );
  });

  it('finds masks whose archive was unpacked into a folder of its own name', async () => {
    const root = await writePascal(folder);
    const masks = folder.path('data/VOC2012/SegmentationClassAug');
    await rename(masks, `${masks}-moved`);
    await mkdir(masks);
    await rename(`${masks}-moved`, `${masks}/SegmentationClassAug`);
    const { test } = await openBenchmark({ benchmark: 'pascal', root, fold: 0 });
    expect(test.pairs?.length).toBeGreaterThan(0);
  });

  it('is refused with what is expected', async () => {
    await folder.write('data/Images/a.jpg', '');
    const open = () => openBenchmark({ benchmark: 'pascal', root: folder.path('data'), fold: 0 });
    const expected = `${folder.path('data')} should hold the folders JPEGImages and SegmentationClassAug, or a folder VOC2012 or VOCdevkit/VOC2012 with them`;
    await expect(open()).rejects.toThrow(new FormatError('dataset', expected));
    await folder.write('data/VOC2012/JPEGImages/a.jpg', '');
    await expect(open()).rejects.toThrow(
      `${expected}; ${folder.path('data/VOC2012')} has JPEGImages, and no SegmentationClassAug. It holds the masks of SBD`,
    );
  });
});

describe('COCO-20i', () => {
  it('is not made of COCO 2017', async () => {
    for (const file of ['annotations/instances_val2017.json', 'val2017/1.jpg', 'train2017/2.jpg'])
      await folder.write(`data/${file}`, '');
    await expect(openBenchmark({ benchmark: 'coco', root: folder.path('data'), fold: 0 })).rejects.toThrow(
      'data has annotations, and no train2014 and val2014. COCO-20i is made of COCO 2014.',
    );
  });

  it('draws its masks from the annotations, polygons and runs', async () => {
    const { train, test } = await openBenchmark({ benchmark: 'coco', root: await writeCoco(folder), fold: 2 });
    expect(test.classes.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, v) => 2 + 4 * v));
    expect([train.classes.length, train.pairs?.length]).toEqual([60, 120]);
    const [polygons, runs] = test.classes[0]?.samples ?? [];
    if (polygons === undefined || runs === undefined) throw new Error('a class has two images');
    expect([test.classes[0]?.name, polygons.name, polygons.mask]).toEqual([
      'car',
      'val2014/COCO_val2014_000000001004.jpg',
      folder.path('data/COCO2014/annotations/instances_val2014.json#1004'),
    ]);
    const row = async (sample: typeof runs): Promise<number[]> => [
      ...(await readSample(sample)).mask.data.subarray(0, side),
    ];
    expect(await row(polygons)).toEqual([...columns(side, 1, [32, 1], [8, 0], [10, 1]).data]);
    expect(await row(runs)).toEqual([...columns(side, 1, [40, 1]).data]);
    // RePRI's masks have an object's first polygon alone, its border included.
    const repri = await openBenchmark({
      benchmark: 'coco',
      root: folder.path('data'),
      fold: 2,
      raster: 'repri',
      parts: ['test'],
    });
    const [first] = repri.test.classes[0]?.samples ?? [];
    if (first === undefined) throw new Error('a class has two images');
    expect(await row(first)).toEqual([...columns(side, 1, [33, 1]).data]);
  });

  it('goes through the loader and its workers', async () => {
    const { test } = await openBenchmark({
      benchmark: 'coco',
      root: await writeCoco(folder),
      fold: 0,
      parts: ['test'],
    });
    const source = episodeSource(test, { seed: 1, shots: 1, size: { width: 32, height: 32 } });
    const episodes = new Prefetcher(source, {
      end: 4,
      onFault: ({ error }) => expect.fail(error.message),
    });
    for await (const { item } of episodes)
      expect([20 * 32, 21 * 32]).toContain(item.query.mask.data.filter((index) => index === 1).length);
  });

  it('takes masks that are PNGs, lists as JSON, and the contiguous division', async () => {
    const root = await writeCoco(folder);
    await rm(folder.path('data/COCO2014/annotations'), { recursive: true });
    const names = [1000, 1001].map((id) => `COCO_val2014_${String(id).padStart(12, '0')}`);
    for (const name of names)
      await folder.write(`data/COCO2014/annotations/val2014/${name}.png`, encodeMaskPng(columns(side, side, [40, 2])));
    await folder.write(
      'data/COCO2014/splits/val/fold0.json',
      formatCocoList(names.map((name) => ({ image: `val2014/${name}.jpg`, classId: 1 }))),
    );
    const { test } = await openBenchmark({ benchmark: 'coco', root, fold: 0, division: 'contiguous', parts: ['test'] });
    expect(test.classes.map(({ id, name, samples }) => [id, name, samples.length])).toEqual([[1, cocoClasses[1], 2]]);
    const [sample] = test.classes[0]?.samples ?? [];
    expect(sample?.mask).toBe(folder.path(`data/COCO2014/annotations/val2014/${names[0]}.png`));
    await expect(openBenchmark({ benchmark: 'coco', root, fold: 0, parts: ['test'] })).rejects.toThrow(
      'for class 1; its classes are 0, 4, 8',
    );
  });

  it('says what becomes JSON of pickles', async () => {
    const root = await writeCoco(folder);
    await folder.write('lists/coco/val/fold0.pkl', 'a pickle');
    const file = folder.path('lists/coco/val/fold0');
    const message = `${file}.pkl is a Python pickle, and pickles are not read; convert it to JSON in Python: json.dump(pickle.load(open('${file}.pkl', 'rb')), open('${file}.json', 'w'))`;
    for (const open of [
      () => openBenchmark({ benchmark: 'coco', root, fold: 0, lists: folder.path('lists'), parts: ['test'] }),
      () => openFolds({ benchmark: 'coco', root, lists: folder.path('lists') }),
    ]) {
      await expect(open()).rejects.toThrow(new FormatError('list', message));
    }
    // Pickles that are not needed may stay.
    await folder.write('lists/coco/val/fold1.json', '{"1": ["val2014/COCO_val2014_000000001002.jpg"]}');
    expect(
      images(
        (await openBenchmark({ benchmark: 'coco', root, fold: 1, lists: folder.path('lists'), parts: ['test'] })).test,
      ),
    ).toEqual(['val2014/COCO_val2014_000000001002.jpg']);
  });

  it('opens a listed image of which the annotations have no object, as one that is empty', async () => {
    const root = await writeCoco(folder);
    await writeLists({ benchmark: 'coco', root }, folder.path('data/COCO2014/splits'));
    const file = folder.path('data/COCO2014/annotations/instances_val2014.json');
    const json = JSON.parse(await readFile(file, 'utf8')) as { annotations: { image_id: number; iscrowd: number }[] };
    await folder.write(
      'data/COCO2014/annotations/instances_val2014.json',
      JSON.stringify({
        ...json,
        annotations: json.annotations.filter(({ image_id, iscrowd }) => image_id !== 1000 || iscrowd === 1),
      }),
    );
    const { test } = await openBenchmark({ benchmark: 'coco', root, fold: 0, parts: ['test'] });
    const [empty] = test.classes[0]?.samples ?? [];
    if (empty === undefined) throw new Error('a class has two images');
    await expect(readSample(empty)).rejects.toThrow('#1000 is empty: it marks no pixel as the object (index 1)');
  });

  it("refuses annotations that are not COCO's", async () => {
    const root = await writeCoco(folder);
    const file = await folder.write(
      'data/COCO2014/annotations/instances_val2014.json',
      JSON.stringify({ images: [], annotations: [], categories: [{ id: 1, name: 'cat' }] }),
    );
    await expect(openBenchmark({ benchmark: 'coco', root, fold: 0, parts: ['test'] })).rejects.toThrow(
      new FormatError(
        'annotations',
        `${file} has 1 categories, and they are not COCO's 80; for annotations of your own, use the layout coco-json`,
      ),
    );
  });
});

describe('FSS-1000', () => {
  it('numbers its classes from list to list, over sorted names', async () => {
    for (const name of ['cat', 'ant', 'dog', 'bee']) await writeClass(folder, `data/${name}`, 2);
    await folder.write('data/splits/trn.txt', 'dog\nant\n');
    await folder.write('data/splits/val.txt', 'cat\n');
    await folder.write('data/splits/test.txt', 'bee\n');
    const opened = await openBenchmark({ benchmark: 'fss', root: folder.path('data') });
    const classes = ({ classes }: Dataset) => classes.map(({ id, name }) => [id, name]);
    expect([classes(opened.train), classes(opened.validation), classes(opened.test)]).toEqual([
      [
        [0, 'ant'],
        [1, 'dog'],
      ],
      [[2, 'cat']],
      [[3, 'bee']],
    ]);
    expect(opened.train.pairs?.length).toBe(4);
    await rm(folder.path('data/splits'), { recursive: true });
    await expect(openBenchmark({ benchmark: 'fss', root: folder.path('data') })).rejects.toThrow(
      'has no split lists; give the folder with trn.txt, val.txt and test.txt',
    );
  });
});

it.skipIf(!hasSharedData)(`real photographs of PASCAL VOC have their masks${skipReason}`, async () => {
  for (const fold of [0, 1, 2, 3]) await folder.write(`lists/trn/fold${fold}.txt`, '');
  await folder.write('lists/val/fold2.txt', '2011_000003__15\n2011_000006__15\n');
  const { test } = await openBenchmark({
    benchmark: 'pascal',
    root: sharedData('voc-sample'),
    fold: 2,
    lists: folder.path('lists'),
    parts: ['test'],
  });
  const read = await Promise.all((test.classes[0]?.samples ?? []).map((sample) => readSample(sample)));
  const shares = read.map(({ mask }) =>
    [1, 255].map((index) =>
      Number((mask.data.filter((value) => value === index).length / mask.data.length).toFixed(3)),
    ),
  );
  // Of persons, and of void, as NumPy counts them.
  expect(shares).toEqual([
    [0.195, 0.056],
    [0.186, 0.005],
  ]);
});
