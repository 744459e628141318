import { FormatError, ShapeError } from '@hypercorr/tensor';
import { expect, it } from 'vitest';
import { cocoClasses, encodeMaskPng, isSameClass, pascalClasses, type Dataset, type Sample } from '../../src/index.ts';
import { withLargeObjects } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';

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
  const classes = [{ id: 2, name: 'three', samples: [large, small, exact] }, { id: 3, name: 'four', samples: [other] }];
  const pairs = [{ classId: 2, sample: small }, { classId: 3, sample: other }, { classId: 2, sample: exact }, { classId: 2, sample: large }];
  const dataset: Dataset = { name: 'd', root: '.', classes, pairs };
  const told: number[] = [];
  expect(await withLargeObjects(dataset, 7, (done) => told.push(done))).toEqual({
    ...{ name: 'd', root: '.' },
    classes: [{ id: 2, name: 'three', samples: [large, exact] }],
    pairs: [{ classId: 2, sample: exact }, { classId: 2, sample: large }],
  });
  expect(told).toEqual([1, 2, 3, 4]);
  expect(await withLargeObjects(dataset, 0)).toEqual(dataset);
  await expect(withLargeObjects(dataset, 41)).rejects.toThrow(new FormatError('dataset', 'no object of d has 41 pixels; ask for fewer'));
});

it('what cannot be read or counted is refused', async () => {
  const dataset: Dataset = { name: 'd', root: '.', classes: [{ id: 0, name: 'a', samples: [{ image: 'a.jpg', mask: folder.path('none.png') }] }] };
  await expect(withLargeObjects(dataset, 1)).rejects.toThrow(FormatError);
  await expect(withLargeObjects(dataset, 1.5)).rejects.toThrow(new ShapeError('withLargeObjects', 'a number of pixels is whole; got 1.5'));
});

it("PASCAL's classes are COCO's by other names", () => {
  const same = [
    ...[['sofa', 'couch'], ['tv', 'tvmonitor'], ['aeroplane', 'airplane'], ['motorbike', 'motorcycle']],
    ...[['diningtable', 'dining table'], ['potted plant', 'pottedplant'], ['cat', 'cat']],
  ];
  for (const [a = '', b = ''] of same) expect(isSameClass(a, b)).toBe(true);
  expect(isSameClass('sofa', 'chair')).toBe(false);
  for (const name of pascalClasses) expect(cocoClasses.filter((each) => isSameClass(name, each)), name).toHaveLength(1);
});
