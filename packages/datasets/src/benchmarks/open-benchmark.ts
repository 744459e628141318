import { basename, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Raster } from '../coco/drawn-mask.ts';
import { pairsOf, type Dataset } from '../episode/dataset.ts';
import { pickClasses } from '../episode/split-classes.ts';
import { readClassList } from '../layouts/class-list.ts';
import { openDataset } from '../layouts/open-dataset.ts';
import { listsFolder, readFoldLists, writeFoldLists } from './benchmark-lists.ts';
import { cocoFiles, pascalFiles, type BenchmarkFiles, type ImageSet } from './benchmark-files.ts';
import { countFold, type FoldCounts } from './census.ts';
import { cocoFold, listedDataset, pascalFold, type FoldLists, type FoldPairs, type NovelImages } from './fold-pairs.ts';
import { folds, type Division } from './folds.ts';
import { generateLists, leastObject } from './generate-lists.ts';
import { checkFilesThere } from './locate.ts';
import type { ListedPair } from './split-lists.ts';

interface WithLists {
  /** The benchmark's folder, or one that holds it. */
  readonly root: string;
  /**
   * The folder of its split lists. If absent, the `splits` of `root`; if that is missing too, lists are made from the
   * masks.
   */
  readonly lists?: string | undefined;
}

/** PASCAL-5i or COCO-20i, without the choice of a fold. */
export interface FoldedOptions extends WithLists {
  readonly benchmark: 'pascal' | 'coco';
  /** COCO-20i only: how its classes are divided into folds. `'interleaved'` if absent. */
  readonly division?: Division | undefined;
  /** COCO-20i only: how annotations become masks. `'coco'` if absent. */
  readonly raster?: Raster | undefined;
  /** Called after each mask if lists have to be made. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

export interface FoldOptions extends FoldedOptions {
  /** 0, 1, 2 or 3. This fold's classes are tested, the others trained on. */
  readonly fold: number;
  /** What happens to training images that also show an object of a tested class. `'keep'` if absent, as in HSNet. */
  readonly novel?: NovelImages | undefined;
  /** The parts to open; the other one stays empty. Both if absent. */
  readonly parts?: readonly ImageSet[] | undefined;
}

export interface FssOptions extends WithLists {
  readonly benchmark: 'fss';
}

export type BenchmarkOptions = FoldOptions | FssOptions;

/** A benchmark's parts for training and scoring. No class of `test` is in `train`. Every part has its `pairs`. */
export interface OpenedBenchmark {
  readonly train: Dataset;
  /**
   * For PASCAL-5i and COCO-20i the same as `test`: the published lists have no third part, and the published models
   * chose their epoch by the test classes.
   */
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Where its pairs come from, in words. */
  readonly source: string;
}

/**
 * Opens a benchmark's training part and its test part, with pairs in the order of the lists. It opens pictures only if
 * lists have to be made. Every file that a list names must exist.
 *
 * @throws FormatError for a folder without the benchmark's layout, lists that cannot be understood, and missing files;
 *   ShapeError for a fold other than 0, 1, 2 or 3
 */
export async function openBenchmark(options: BenchmarkOptions): Promise<OpenedBenchmark> {
  return options.benchmark === 'fss' ? openFss(options) : openFold(options);
}

async function openFold(options: FoldOptions): Promise<OpenedBenchmark> {
  const { benchmark, fold, novel, parts = ['train', 'test'] } = options;
  const needed = [
    ...(parts.includes('test') ? [`val/fold${fold}`] : []),
    ...(parts.includes('train') ? trainLists(benchmark, fold, novel) : []),
  ];
  const { files, lists, source } = await openLists(options, parts, needed);
  const pairs = pairsOfFold(options, lists, fold, novel);
  const open = (part: ImageSet): Promise<Dataset> =>
    openPairs(partName(options, fold, part), parts.includes(part) ? pairs[part] : [], files);
  const test = await open('test');
  return { train: await open('train'), validation: test, test, source };
}

function partName({ benchmark }: FoldedOptions, fold: number, part: ImageSet): string {
  return `${benchmark}-fold${fold}/${part}`;
}

/** The lists that a fold's training needs; with `'drop'` also those that name its novel images. */
function trainLists(benchmark: 'pascal' | 'coco', fold: number, novel: NovelImages = 'keep'): readonly string[] {
  return folds
    .filter((each) => novel === 'drop' || (each === fold) === (benchmark === 'coco'))
    .map((each) => `trn/fold${each}`);
}

/** A dataset of listed pairs. All of their files exist. */
async function openPairs(
  name: string,
  pairs: readonly ListedPair[],
  { root, classNames, filesOf, sampleOf }: BenchmarkFiles,
): Promise<Dataset> {
  await checkFilesThere(pairs, filesOf);
  return listedDataset({ name, root }, pairs, classNames, sampleOf);
}

/**
 * The test part of each of the four folds, as `openBenchmark` gives it. Lists, annotations and masks are read once for
 * all of them.
 *
 * @throws as `openBenchmark`
 */
export async function openFoldTests(options: FoldedOptions): Promise<readonly Dataset[]> {
  const { files, lists, source } = await openTestLists(options);
  const tests: Dataset[] = [];
  for (const fold of folds)
    tests.push({
      ...(await openPairs(partName(options, fold, 'test'), pairsOfFold(options, lists, fold).test, files)),
      source,
    });
  return tests;
}

/**
 * The test parts of the four folds, one after the other, for a model that was trained on other data.
 *
 * @throws as `openBenchmark`
 */
export async function openEveryTest(options: FoldedOptions): Promise<Dataset> {
  const { files, lists, source } = await openTestLists(options);
  const pairs = folds.flatMap((fold) => pairsOfFold(options, lists, fold).test);
  return { ...(await openPairs(`${options.benchmark}, all folds`, pairs, files)), source };
}

function openTestLists(options: FoldedOptions): Promise<OpenedLists> {
  return openLists(
    options,
    ['test'],
    folds.map((fold) => `val/fold${fold}`),
  );
}

function pairsOfFold(
  { benchmark, division = 'interleaved' }: FoldedOptions,
  lists: FoldLists,
  fold: number,
  novel?: NovelImages,
): FoldPairs {
  return benchmark === 'pascal' ? pascalFold(lists, fold, novel) : cocoFold(lists, fold, division, novel);
}

interface OpenedLists {
  readonly files: BenchmarkFiles;
  readonly lists: FoldLists;
  readonly source: string;
}

async function openLists(
  options: FoldedOptions,
  sets: readonly ImageSet[],
  needed: readonly string[],
): Promise<OpenedLists> {
  const { benchmark } = options;
  const files = await openFiles(options, sets);
  const folder = await listsFolder(benchmark, [files.root, options.root], options.lists);
  return folder === undefined
    ? listsOf(files, options)
    : { files, lists: await readFoldLists(benchmark, folder, needed), source: `lists of ${folder}` };
}

function openFiles(
  { benchmark, root, raster = 'coco' }: FoldedOptions,
  sets: readonly ImageSet[],
): Promise<BenchmarkFiles> {
  return benchmark === 'pascal' ? pascalFiles(root) : cocoFiles(root, sets, raster);
}

async function listsOf(
  files: BenchmarkFiles,
  { benchmark, division = 'interleaved', onProgress }: FoldedOptions,
): Promise<OpenedLists> {
  const lists = await generateLists(files, {
    benchmark,
    division: benchmark === 'pascal' ? 'contiguous' : division,
    onProgress,
  });
  return { files, lists, source: `lists made from the masks, classes of at least ${leastObject} pixels an image` };
}

/** A benchmark's lists, read or made, and what each fold holds. */
export interface BenchmarkFolds extends OpenedLists {
  readonly folds: readonly FoldCounts[];
}

/**
 * Counts every fold of a benchmark.
 *
 * @throws as `openBenchmark`; FormatError for lists without any image
 */
export async function openFolds(options: FoldedOptions): Promise<BenchmarkFolds> {
  const opened = await openLists(options, ['train', 'test'], []);
  if (Object.values(opened.lists).flat(2).length === 0)
    throw new FormatError('list', `no image of ${opened.files.root} is in the ${opened.source}`);
  const count = (fold: number): FoldCounts =>
    countFold(pairsOfFold(options, opened.lists, fold), pairsOfFold(options, opened.lists, fold, 'drop'));
  return { ...opened, folds: folds.map(count) };
}

/**
 * Makes lists from a benchmark's masks and writes them into a folder: `trn/fold0.txt` … and `val/fold0.txt` …, JSON for
 * COCO. An image is listed for a class if it has at least 2048 pixels of it. Existing lists are replaced.
 *
 * @returns the names of the files
 * @throws FormatError for a folder without the benchmark's layout, and for a mask that cannot be read; the system's
 *   error when writing fails
 */
export async function writeLists(options: Omit<FoldedOptions, 'lists'>, folder: string): Promise<readonly string[]> {
  const { benchmark } = options;
  const { lists } = await listsOf(await openFiles(options, ['train', 'test']), options);
  return writeFoldLists(benchmark, folder, lists);
}

/** Opens FSS-1000: three lists of classes. Ids continue from list to list, over each list's sorted names. */
async function openFss({ root, lists }: FssOptions): Promise<OpenedBenchmark> {
  const folder = await listsFolder('fss', [root], lists);
  if (folder === undefined)
    throw new FormatError('list', `${root} has no split lists; give the folder with trn.txt, val.txt and test.txt`);
  const all = await openDataset({ layout: 'fss', root });
  let first = 0;
  const open = async (part: string, list: string): Promise<Dataset> => {
    const names = (await readClassList(join(folder, list))).toSorted();
    const { classes } = pickClasses(all, names);
    const numbered = classes.map((each, i) => ({ ...each, id: first + i }));
    first += numbered.length;
    const dataset = { ...all, name: `${basename(resolve(root))}/${part}`, classes: numbered };
    return { ...dataset, pairs: pairsOf(dataset) };
  };
  const [train, validation] = [await open('train', 'trn.txt'), await open('validation', 'val.txt')];
  return { train, validation, test: await open('test', 'test.txt'), source: `lists of ${folder}` };
}
