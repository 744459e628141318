import { basename, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Raster } from '../coco/drawn-mask.ts';
import { pairsOf, type Dataset } from '../episode/dataset.ts';
import { pickClasses } from '../episode/split-classes.ts';
import { openDataset, readClassList } from '../layouts/open-dataset.ts';
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
  /** The folder of its split lists; the `splits` of `root` when absent, and where that is not there, lists made from the masks. */
  readonly lists?: string | undefined;
}

/** PASCAL-5i or COCO-20i, without the choice of a fold. */
export interface FoldedOptions extends WithLists {
  readonly benchmark: 'pascal' | 'coco';
  /** Of COCO-20i: how its classes are dealt to the folds; `'interleaved'` when absent. */
  readonly division?: Division | undefined;
  /** Of COCO-20i: how annotations become masks; `'coco'` when absent. */
  readonly raster?: Raster | undefined;
  /** Called after each mask, where lists have to be made. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

export interface FoldOptions extends FoldedOptions {
  /** 0, 1, 2 or 3: its classes are tested, the others trained on. */
  readonly fold: number;
  /** Training images that also hold an object of a class to be tested; `'keep'` when absent, as HSNet does. */
  readonly novel?: NovelImages | undefined;
  /** The parts that are needed; the other one is empty. Both when absent. */
  readonly parts?: readonly ImageSet[] | undefined;
}

export interface FssOptions extends WithLists {
  readonly benchmark: 'fss';
}

export type BenchmarkOptions = FoldOptions | FssOptions;

/** A benchmark as it is trained and scored on; no class of `test` is in `train`. Every part has its `pairs`. */
export interface OpenedBenchmark {
  readonly train: Dataset;
  /** Of PASCAL-5i and COCO-20i the same as `test`: the published lists have no third part, and epochs are chosen by what is scored. */
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Where its pairs are from, in words. */
  readonly source: string;
}

/**
 * Opens a benchmark's part for training and its part for tests, pairs in the lists' order. No picture is opened unless
 * lists have to be made; every file that the lists name has to be there.
 *
 * @throws FormatError for a folder without the benchmark's layout, lists that cannot be understood, and files that are
 * not there; ShapeError for a fold other than 0, 1, 2 or 3
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

/** The lists without which a fold cannot be trained; those that name novel images, too, where these are dropped. */
function trainLists(benchmark: 'pascal' | 'coco', fold: number, novel: NovelImages = 'keep'): readonly string[] {
  return folds
    .filter((each) => novel === 'drop' || (each === fold) === (benchmark === 'coco'))
    .map((each) => `trn/fold${each}`);
}

/** A dataset of listed pairs, whose files are there. */
async function openPairs(
  name: string,
  pairs: readonly ListedPair[],
  { root, classNames, filesOf, sampleOf }: BenchmarkFiles,
): Promise<Dataset> {
  await checkFilesThere(pairs, filesOf);
  return listedDataset({ name, root }, pairs, classNames, sampleOf);
}

/**
 * What each of the four folds tests: the `test` of `openBenchmark`, with lists, annotations and masks looked at once for all of them.
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
 * What the four folds test, one fold after the other: for a model that was trained on other data.
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

/** All of a benchmark's lists, found or made, and what each fold holds. */
export interface BenchmarkFolds extends OpenedLists {
  readonly folds: readonly FoldCounts[];
}

/**
 * Every fold of a benchmark, counted.
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
 * Writes lists made from a benchmark's masks into a folder, `trn/fold0.txt` … and `val/fold0.txt` …, JSON for COCO: an
 * image is listed for a class that has 2048 pixels of it or more. Lists that are there are replaced.
 *
 * @returns the names of the files
 * @throws FormatError for a folder without the benchmark's layout, and a mask that cannot be read; the system's error when writing fails
 */
export async function writeLists(options: Omit<FoldedOptions, 'lists'>, folder: string): Promise<readonly string[]> {
  const { benchmark } = options;
  const { lists } = await listsOf(await openFiles(options, ['train', 'test']), options);
  return writeFoldLists(benchmark, folder, lists);
}

/** FSS-1000: three lists of classes; ids go on from list to list, over each list's sorted names. */
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
