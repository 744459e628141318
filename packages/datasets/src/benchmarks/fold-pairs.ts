import { FormatError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import type { Dataset, Pair, Sample, SampleClass } from '../episode/dataset.ts';
import { cocoClasses, pascalClasses } from './classes.ts';
import { checkFold, foldClasses, folds, type Division } from './folds.ts';
import type { ListedPair } from './split-lists.ts';

/** What a fold trains on and what it is scored on, before any file is read. */
export interface FoldPairs {
  readonly train: readonly ListedPair[];
  readonly test: readonly ListedPair[];
}

/** A benchmark's lists, one for each fold. */
export interface FoldLists {
  readonly train: readonly (readonly ListedPair[])[];
  readonly test: readonly (readonly ListedPair[])[];
}

/**
 * What happens to training images that also show an object of a tested class. HSNet keeps them; BAM and others drop
 * them.
 */
export type NovelImages = 'keep' | 'drop';

/**
 * A fold of PASCAL-5i. `trn/fold<k>.txt` lists the training images of fold k's classes, so fold k trains on the other
 * three lists, one after the other.
 *
 * @throws FormatError for a list of another fold's classes, ShapeError for a fold other than 0, 1, 2 or 3
 */
export function pascalFold(lists: FoldLists, fold: number, novel: NovelImages = 'keep'): FoldPairs {
  checkFold(fold);
  for (const each of folds) {
    const own = foldClasses(each, pascalClasses.length, 'contiguous');
    checkListed(lists.train[each] ?? [], own, `trn/fold${each}.txt`);
    checkListed(lists.test[each] ?? [], own, `val/fold${each}.txt`);
  }
  const train = folds.filter((each) => each !== fold).flatMap((each) => lists.train[each] ?? []);
  return { train: withoutNovel(train, lists.train[fold] ?? [], novel), test: lists.test[fold] ?? [] };
}

/**
 * A fold of COCO-20i. `trn/fold<k>.json` lists what fold k trains on: 60 classes.
 *
 * @throws FormatError for a list of other classes, ShapeError for a fold other than 0, 1, 2 or 3
 */
export function cocoFold(lists: FoldLists, fold: number, division: Division, novel: NovelImages = 'keep'): FoldPairs {
  const own = foldClasses(fold, cocoClasses.length, division);
  const others = cocoClasses.map((_, id) => id).filter((id) => !own.includes(id));
  const train = lists.train[fold] ?? [];
  const test = lists.test[fold] ?? [];
  const hint = `; the division is ${division}`;
  checkListed(train, others, `trn/fold${fold}.json`, hint);
  checkListed(test, own, `val/fold${fold}.json`, hint);
  // Fold k's own list names no class of fold k; the other folds' lists do.
  const novelPairs = lists.train.flatMap((list) => list.filter(({ classId }) => own.includes(classId)));
  return { train: withoutNovel(train, novelPairs, novel), test };
}

function withoutNovel(
  train: readonly ListedPair[],
  novelPairs: readonly ListedPair[],
  novel: NovelImages,
): readonly ListedPair[] {
  if (novel === 'keep') return train;
  const images = new Set(novelPairs.map(({ image }) => image));
  return train.filter(({ image }) => !images.has(image));
}

function checkListed(pairs: readonly ListedPair[], classIds: readonly number[], list: string, hint = ''): void {
  const other = pairs.find(({ classId }) => !classIds.includes(classId));
  if (other === undefined) return;
  throw new FormatError(
    'list',
    `${list} names ${other.image} for class ${other.classId}; its classes are ${listed(classIds.map(String))}${hint}`,
  );
}

/**
 * A dataset of listed pairs: its pairs in the list's order, its classes by id, each with its images in the list's order.
 *
 * @param classNames by id
 * @param sampleOf the files of a pair
 */
export function listedDataset(
  { name, root }: Pick<Dataset, 'name' | 'root'>,
  listedPairs: readonly ListedPair[],
  classNames: readonly string[],
  sampleOf: (pair: ListedPair) => Sample,
): Dataset {
  const pairs = listedPairs.map((pair): Pair => ({ classId: pair.classId, sample: sampleOf(pair) }));
  return { name, root, classes: classesOf(pairs, classNames), pairs };
}

/** The classes of pairs, ascending by id, each with its samples in the pairs' order. */
function classesOf(pairs: readonly Pair[], classNames: readonly string[]): readonly SampleClass[] {
  const byClass = new Map<number, Sample[]>();
  for (const { classId, sample } of pairs) {
    const samples = byClass.get(classId);
    if (samples === undefined) byClass.set(classId, [sample]);
    else samples.push(sample);
  }
  return [...byClass]
    .sort(([a], [b]) => a - b)
    .map(([id, samples]) => ({ id, name: classNames[id] ?? String(id), samples }));
}
