import { FormatError, ShapeError } from '@hypercorr/tensor';
import { expect, it } from 'vitest';
import {
  cocoClasses,
  encodeMaskPng,
  isSameClass,
  pascalClasses,
  type Dataset,
  type Sample,
  type Size,
} from '../../src/index.ts';
import { readSample, withLargeObjects } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { jpegOf, type JpegKind } from '../support/photographs.ts';
import { photograph } from '../support/pictures.ts';

const folder = testFolder();

/** A mask of so many pixels of index 3, five of index 4 and four void ones. */
async function sampleOf(pixels: number): Promise<Sample> {
  const data = new Uint8Array(20 * 10);
  data.fill(3, 0, pixels).fill(4, 100, 105).fill(255, 196);
  const mask = await folder.write(`${pixels}.png`, encodeMaskPng({ width: 20, height: 10, data }));
  return { image: `${pixels}.jpg`, mask, foreground: 3 };
}

it('samples whose object is smaller are left out, with their pairs and with classes that have no other', async () => {
  const [small, exact, large] = [await sampleOf(6), await sampleOf(7), await sampleOf(40)];
  const other = { ...large, foreground: 4 };
  const classes = [
    { id: 2, name: 'three', samples: [large, small, exact] },
    { id: 3, name: 'four', samples: [other] },
  ];
  const pairs = [
    { classId: 2, sample: small },
    { classId: 3, sample: other },
    { classId: 2, sample: exact },
    { classId: 2, sample: large },
  ];
  const dataset: Dataset = { name: 'd', root: '.', classes, pairs };
  const told: number[] = [];
  expect(await withLargeObjects(dataset, 7, (done) => told.push(done))).toEqual({
    name: 'd',
    root: '.',
    classes: [{ id: 2, name: 'three', samples: [large, exact] }],
    pairs: [
      { classId: 2, sample: exact },
      { classId: 2, sample: large },
    ],
  });
  expect(told).toEqual([1, 2, 3, 4]);
  expect(await withLargeObjects(dataset, 0)).toEqual(dataset);
  await expect(withLargeObjects(dataset, 41)).rejects.toThrow(
    new FormatError('dataset', 'no object of d has 41 pixels; ask for fewer'),
  );
});

const oneClass = (...samples: readonly Sample[]): Dataset => ({
  name: 'd',
  root: '.',
  classes: [{ id: 0, name: 'a', samples }],
});

/** A photograph of 20×10, and annotations of a rectangle of so many pixels that claim some size of it. */
async function annotated(name: string, pixels: number, claimed: Size, kind?: JpegKind): Promise<Sample> {
  const image = await folder.write(name, await jpegOf(photograph(20, 10), kind));
  const polygons = [[0, 0, pixels / 2, 0, pixels / 2, 2, 0, 2]];
  return {
    image,
    mask: `a.json#${name}`,
    foreground: 1,
    drawn: { ...claimed, raster: 'coco', regions: [{ index: 1, outline: { polygons } }] },
  };
}

it('what annotations outline is counted at the size of the photograph as it is turned, and at no other', async () => {
  const size = { width: 20, height: 10 };
  const huge = { width: 16_000, height: 16_000 };
  const [small, large] = [await annotated('1.jpg', 4, size), await annotated('2.jpg', 20, size)];
  const [turnedSmall, turnedLarge] = [
    await annotated('3.jpg', 4, size, 'turned'),
    await annotated('4.jpg', 20, size, 'turned'),
  ];
  // Drawn, it would be too small: it is left to whoever reads it.
  const lying = await annotated('5.jpg', 4, huge);
  // Outlines over the stored pixels are turned like their photograph.
  const stored = { width: 10, height: 20 };
  const [storedSmall, storedLarge] = [
    await annotated('6.jpg', 4, stored, 'turned'),
    await annotated('7.jpg', 9, stored, 'turned'),
  ];
  const kept = await withLargeObjects(
    oneClass(small, large, turnedSmall, turnedLarge, lying, storedSmall, storedLarge),
    8,
  );
  expect(kept.classes[0]?.samples).toEqual([large, turnedLarge, lying, storedLarge]);
  await expect(readSample(lying)).rejects.toThrow('5.jpg is 16000×16000, and its photograph');
  const { image, mask } = await readSample(storedLarge);
  expect([mask.width, mask.height]).toEqual([image.width, image.height]);
});

it('samples with faulty files stay, for their reader to say what is wrong', async () => {
  const missing = { image: 'a.jpg', mask: folder.path('none.png') };
  const severalClasses = {
    image: 'a.jpg',
    mask: await folder.write('several.png', encodeMaskPng({ width: 3, height: 1, data: Uint8Array.of(0, 1, 2) })),
  };
  const noPhotograph = { ...(await annotated('7.jpg', 4, { width: 20, height: 10 })), image: folder.path('none.jpg') };
  const faulty = oneClass(missing, severalClasses, noPhotograph);
  expect(await withLargeObjects(faulty, 100)).toEqual(faulty);
});

it('a number of pixels that is none is refused', async () => {
  const dataset = oneClass();
  await expect(withLargeObjects(dataset, 1.5)).rejects.toThrow(
    new ShapeError('withLargeObjects', 'the number of pixels must be whole; got 1.5'),
  );
});

it("PASCAL's classes are COCO's by other names", () => {
  const same = [
    ...[
      ['sofa', 'couch'],
      ['tv', 'tvmonitor'],
      ['aeroplane', 'airplane'],
      ['motorbike', 'motorcycle'],
    ],
    ...[
      ['diningtable', 'dining table'],
      ['potted plant', 'pottedplant'],
      ['cat', 'Cat'],
      ['cell-phone', 'cell_phone'],
    ],
  ];
  for (const [a = '', b = ''] of same) expect(isSameClass(a, b)).toBe(true);
  expect(isSameClass('sofa', 'chair')).toBe(false);
  expect(isSameClass('caf\u00e9', 'cafe\u0301')).toBe(true);
  for (const name of pascalClasses)
    expect(
      cocoClasses.filter((each) => isSameClass(name, each)),
      name,
    ).toHaveLength(1);
});
