import { readFileSync } from 'node:fs';
import { FormatError, ShapeError } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import {
  cocoFold,
  countFold,
  differences,
  foldClasses,
  folds,
  knownCounts,
  listedDataset,
  parsePascalList,
  pascalClasses,
  pascalFold,
  type FoldLists,
  type ListedPair,
} from '../../src/index.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

it('classes are dealt to folds in one of two ways', () => {
  expect(foldClasses(1, 20, 'contiguous')).toEqual([5, 6, 7, 8, 9]);
  expect(foldClasses(2, 80, 'interleaved')).toEqual(Array.from({ length: 20 }, (_, v) => 2 + 4 * v));
  for (const division of ['contiguous', 'interleaved'] as const) {
    expect(folds.flatMap((fold) => foldClasses(fold, 80, division)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 80 }, (_, id) => id),
    );
  }
  for (const fold of [-1, 4, 0.5])
    expect(() => foldClasses(fold, 20, 'contiguous')).toThrow(
      new ShapeError('fold', `a fold must be 0, 1, 2 or 3; got ${fold}`),
    );
});

const pairs = (...list: readonly (readonly [string, number])[]): ListedPair[] =>
  list.map(([image, classId]) => ({ image, classId }));

describe('a fold', () => {
  const pascal: FoldLists = {
    train: [pairs(['a', 0], ['b', 4]), pairs(['a', 5]), pairs(['c', 10]), pairs(['b', 19])],
    test: [pairs(['v', 1]), [], [], []],
  };

  it("of PASCAL-5i trains on the other folds' lists, one after the other", () => {
    expect(pascalFold(pascal, 0)).toEqual({ train: pairs(['a', 5], ['c', 10], ['b', 19]), test: pairs(['v', 1]) });
    expect(pascalFold(pascal, 1).train).toEqual(pairs(['a', 0], ['b', 4], ['c', 10], ['b', 19]));
  });

  it('keeps or drops training images with objects of test classes', () => {
    expect(pascalFold(pascal, 0, 'drop').train).toEqual(pairs(['c', 10]));
    const coco: FoldLists = {
      train: [pairs(['a', 1], ['b', 2]), pairs(['a', 4]), [], []],
      test: [pairs(['v', 8]), [], [], []],
    };
    expect(cocoFold(coco, 0, 'interleaved', 'drop')).toEqual({ train: pairs(['b', 2]), test: pairs(['v', 8]) });
    expect(countFold(cocoFold(coco, 0, 'interleaved'), cocoFold(coco, 0, 'interleaved', 'drop'))).toEqual({
      train: { pairs: 2, images: 2, classes: 2 },
      test: { pairs: 1, images: 1, classes: 1 },
      novelImages: 1,
    });
  });

  it('refuses lists of other classes', () => {
    expect(() => pascalFold({ ...pascal, test: [pairs(['v', 5]), [], [], []] }, 1)).toThrow(
      new FormatError('list', 'val/fold0.txt names v for class 5; its classes are 0, 1, 2, 3, 4'),
    );
    const contiguous: FoldLists = { train: [[], [], [], []], test: [pairs(['v', 1]), [], [], []] };
    expect(() => cocoFold(contiguous, 0, 'interleaved')).toThrow(
      'val/fold0.json names v for class 1; its classes are 0, 4, 8, 12, 16, 20, 24, 28 and 12 more; the division is interleaved',
    );
    expect(cocoFold(contiguous, 0, 'contiguous').test).toEqual(pairs(['v', 1]));
  });

  it("is a dataset with the list's order", () => {
    const listed = pairs(['x', 6], ['y', 5], ['z', 6]);
    const sampleOf = ({ image }: ListedPair) => ({ image: `${image}.jpg`, mask: `${image}.png` });
    const dataset = listedDataset({ name: 'voc', root: 'VOC2012' }, listed, pascalClasses, sampleOf);
    expect(dataset.classes.map(({ id, name, samples }) => [id, name, samples.map(({ image }) => image)])).toEqual([
      [5, 'bus', ['y.jpg']],
      [6, 'car', ['x.jpg', 'z.jpg']],
    ]);
    expect(dataset.pairs?.map(({ classId, sample }) => [classId, sample.image])).toEqual([
      [6, 'x.jpg'],
      [5, 'y.jpg'],
      [6, 'z.jpg'],
    ]);
    // A query is told from its class's other samples by identity.
    expect(dataset.pairs?.[2]?.sample).toBe(dataset.classes[1]?.samples[1]);
  });
});

it('counts that differ from the known ones are told', () => {
  const [known] = knownCounts.pascal;
  if (known === undefined) throw new Error('there is a fold 0');
  const equal = {
    train: { pairs: 11394, images: 8450, classes: 15 },
    test: { pairs: 346, images: 345, classes: 5 },
    novelImages: 637,
  };
  expect(differences(equal, known)).toEqual([]);
  expect(differences({ ...equal, train: { ...equal.train, images: 8000 }, novelImages: 0 }, known)).toEqual([
    'train images: 8000, and 8450 in the published lists',
    'novel images: 0, and 637 in the published lists',
  ]);
});

describe.skipIf(!hasSharedData)(`PASCAL-5i's published lists${skipReason}`, () => {
  const read = (set: string) =>
    folds.map((fold) =>
      parsePascalList(readFileSync(sharedData(`splits/pascal/${set}/fold${fold}.txt`)), `${set}/fold${fold}.txt`),
    );

  it('have the known pairs, images and classes in each fold', () => {
    const lists = { train: read('trn'), test: read('val') };
    expect(lists.train.map(({ length }) => length)).toEqual([2286, 3425, 5883, 2086]);
    const counts = folds.map((fold) => countFold(pascalFold(lists, fold), pascalFold(lists, fold, 'drop')));
    expect(counts.map(({ train, test, novelImages }) => [train.pairs, train.images, test.pairs, novelImages])).toEqual([
      [11394, 8450, 346, 637],
      [10255, 8081, 451, 1298],
      [7797, 7007, 725, 1945],
      [11594, 9002, 346, 896],
    ]);
    expect(counts.map((each, fold) => differences(each, knownCounts.pascal[fold] ?? each))).toEqual([[], [], [], []]);
    const images = (set: readonly (readonly ListedPair[])[]): Set<string> =>
      new Set(set.flat().map(({ image }) => image));
    const [train, test] = [images(lists.train), images(lists.test)];
    expect([train.size, test.size, [...test].filter((image) => train.has(image)).length]).toEqual([10092, 1381, 0]);
  });
});
