import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isSameClass, pickClasses, withClasses, type Dataset } from '@hypercorr/datasets';
import { openBenchmark, openDataset, openParts, readClassList } from '@hypercorr/datasets/node';
import { listed } from '@hypercorr/tensor';
import type { TrainingDescription } from './checkpoint.ts';
import { divideClasses, partOf, type ClassSplit, type OpenedData } from './divide-classes.ts';
import { UsageError } from './cli/failure.ts';
import {
  foldedBenchmark,
  foldParts,
  isFolded,
  joined,
  openFoldTest,
  openTestOfEachFold,
  withSource,
  type FoldedSettings,
} from './folded-data.ts';
import type { benchmarks } from './cli/options.ts';
import { counted } from './cli/words.ts';

export type Benchmark = (typeof benchmarks)[number];

export interface DataSettings extends Omit<FoldedSettings, 'benchmark'> {
  readonly benchmark: Benchmark;
}

/** Lists of classes: names with commas between, or a file with one a line. */
export interface ClassLists {
  readonly trainClasses?: string | undefined;
  readonly valClasses?: string | undefined;
  readonly testClasses?: string | undefined;
}

/**
 * Opens a dataset and splits its classes: by the lists; what they leave by the benchmark's own sets, or by shares.
 *
 * @throws UsageError for a folder that is not there, a list without names, a class named twice, and too few classes; FormatError for unknown
 * classes and for a folder without the layout
 */
export async function openSplit(settings: DataSettings & ClassLists): Promise<ClassSplit> {
  const opened = await open(settings);
  const lists = {
    train: await classList('train', settings.trainClasses),
    validation: await classList('val', settings.valClasses),
    test: await classList('test', settings.testClasses),
  };
  const named = Object.values(lists).flatMap((list) => list ?? []);
  const twice = named.find((name, i) => named.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError(`class ${twice} is named twice; it is for training, for validation or for testing`);
  return divideClasses(opened, lists);
}

/** What a model is scored on. */
export interface TestClasses {
  readonly dataset: Dataset;
  /** Which classes these are, and why, where no list says so. */
  readonly why?: string;
}

/**
 * Opens the classes that a model is scored on: those of the list; of a benchmark with folds, the fold's; where lists or a manifest
 * tell what is for testing, that. Else those that had no part in its training; of a model that does not know its training, all of
 * one's own data, and the test part of the benchmarks'.
 *
 * @throws as `openSplit`; UsageError where no class is left
 */
export async function openTestClasses(
  settings: DataSettings & Pick<ClassLists, 'testClasses'>,
  training: TrainingDescription | undefined,
): Promise<TestClasses> {
  checkSettings(settings);
  const { benchmark, data } = settings;
  const list = await classList('test', settings.testClasses);
  if (isFolded(benchmark)) {
    const test = await openFoldTest({ ...settings, benchmark }, training, { all: list !== undefined });
    return { dataset: list === undefined ? test : pickClasses(test, list) };
  }
  const { all, parts } = await open(settings);
  if (list !== undefined) return { dataset: partOf(all, 'test', list) };
  const count = ({ length }: readonly string[]): string => {
    const { length: known } = all.classes;
    return `${length < known ? `${length} of ` : known > 1 ? 'all ' : ''}${counted(known, 'class')}`;
  };
  const namesOf = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);
  // A published list or a manifest says what is to be scored; the generated dataset's division is but a proposal.
  if (benchmark !== 'generated' && parts?.test !== undefined && parts.test.classes.length > 0) {
    return { dataset: parts.test, why: `scores ${count(namesOf(parts.test))} of ${data}, its test part` };
  }
  const names = namesOf(all);
  if (training !== undefined) {
    const used = [...training.classes, ...training.validationClasses];
    const rest = names.filter((name) => !used.some((each) => isSameClass(each, name)));
    if (rest.length === 0)
      throw new UsageError(
        `every class of ${data} had a part in the training; --test-classes LIST scores some of them all the same`,
      );
    return {
      dataset: rest.length === names.length ? all : partOf(all, 'test', rest),
      why: `scores ${count(rest)} of ${data}: those that had no part in the training of the weights`,
    };
  }
  const unknown = 'the weights do not say what they were trained on';
  if (benchmark === 'generated' || benchmark === 'fss') {
    const { test } = await openSplit(settings);
    // Of one class, or two, none is set aside.
    if (test.classes.length > 0)
      return { dataset: test, why: `scores ${count(namesOf(test))} of ${data}, its test part: ${unknown}` };
  }
  return { dataset: all, why: `scores ${count(names)} of ${data}: ${unknown}` };
}

/**
 * Opens the classes that each fold of a benchmark tests.
 *
 * @throws UsageError for a benchmark without folds; as `openTestClasses` otherwise
 */
export async function openTestFolds(settings: Omit<DataSettings, 'fold'>): Promise<readonly Dataset[]> {
  checkSettings(settings);
  return openTestOfEachFold({ ...settings, benchmark: foldedBenchmark(settings.benchmark) });
}

/** Those of a dataset's classes that a model was trained on; PASCAL and COCO mean the same by some different names. */
export function trainedClasses({ classes }: Dataset, training: TrainingDescription | undefined): readonly string[] {
  const trained = training?.classes ?? [];
  return classes.map(({ name }) => name).filter((name) => trained.some((each) => isSameClass(each, name)));
}

async function open(settings: DataSettings): Promise<OpenedData> {
  checkSettings(settings);
  const { benchmark, data, splits } = settings;
  if (isFolded(benchmark)) return foldParts({ ...settings, benchmark });
  if (benchmark === 'generated') return openGenerated(data);
  if (benchmark === 'fss' && splits !== undefined) {
    const parts = withSource(await openBenchmark({ benchmark, root: data, lists: splits }));
    return { all: joined(benchmark, [parts.train, parts.validation, parts.test]), parts };
  }
  return openParts({ layout: benchmark, root: data });
}

/** The generated dataset is two folders: classes for episodes, and classes that nothing is trained on. */
async function openGenerated(data: string): Promise<OpenedData> {
  const openSet = (set: 'episodes' | 'held-out'): Promise<Dataset> => {
    const root = join(data, set);
    checkFolder(root, 'generated');
    return openDataset({ layout: 'fss', root });
  };
  const [episodes, heldOut] = await Promise.all([openSet('episodes'), openSet('held-out')]);
  const names = episodes.classes.map(({ name }) => name);
  // A fifth of the classes for episodes is for validation.
  const train = names.length - Math.max(1, Math.round(names.length / 5));
  // Each of the folders numbers its classes from 0.
  const classes = [...episodes.classes, ...heldOut.classes].map((each, id) => ({ ...each, id }));
  const all = { name: 'generated', root: data, classes };
  const some = (list: readonly string[]): Dataset => pickClasses(all, list);
  return {
    all,
    parts: {
      train: some(names.slice(0, train)),
      validation: some(names.slice(train)),
      test: some(heldOut.classes.map(({ name }) => name)),
    },
  };
}

/** Which options belong to which benchmarks: one that would be ignored is wrong usage. */
const meantFor = [
  ['fold', '--fold', ['pascal', 'coco']],
  ['novelImages', '--novel-images', ['pascal', 'coco']],
  ['splits', '--splits', ['pascal', 'coco', 'fss']],
  ['classSplit', '--class-split', ['coco']],
  ['cocoRaster', '--coco-raster', ['coco']],
] as const satisfies readonly (readonly [keyof DataSettings, string, readonly Benchmark[]])[];

function checkSettings(settings: DataSettings): void {
  for (const [name, flag, benchmarks] of meantFor) {
    if (settings[name] === undefined || benchmarks.some((each) => each === settings.benchmark)) continue;
    throw new UsageError(`${flag} is for --benchmark ${benchmarks.join(', ')}; this one is ${settings.benchmark}`);
  }
  checkFolder(settings.data, settings.benchmark);
}

function checkFolder(path: string, benchmark: Benchmark): void {
  const there = statSync(path, { throwIfNoEntry: false });
  const mayBeFile = benchmark === 'manifest' || benchmark === 'coco-json';
  if (there?.isDirectory() === true || (mayBeFile && there?.isFile() === true)) return;
  if (mayBeFile)
    throw new UsageError(
      `--data: ${path} is not there; it is the ${benchmark === 'manifest' ? 'manifest' : 'JSON file'}, or its folder`,
    );
  const hint = benchmark === 'generated' ? '; hypercorr datasets generate makes one' : '';
  throw new UsageError(`--data: ${path} is not a folder${hint}`);
}

/**
 * The dataset without the classes that have too few images for episodes of so many shots, and a warning that names them.
 *
 * @param options `repeated`: whether an episode may have a support twice
 * @throws UsageError where none is left
 */
export function withEnoughImages(
  dataset: Dataset,
  shots: number,
  warn: (message: string) => void,
  { repeated = false }: { readonly repeated?: boolean } = {},
): Dataset {
  const least = repeated ? 2 : shots + 1;
  const classes = dataset.classes.filter(({ samples }) => samples.length >= least);
  const small = dataset.classes
    .filter((each) => !classes.includes(each))
    .map(({ name, samples }) => `${name} (${samples.length})`);
  const need = `${shots}-shot episodes need ${least} images a class, one of them the query`;
  const remedy = least > 2 ? '; ask for fewer --shots, or add images' : '; add images';
  if (classes.length === 0)
    throw new UsageError(`${need}, and every class of ${dataset.name} has fewer: ${listed(small)}${remedy}`);
  if (small.length > 0) warn(`${need}; left out of ${dataset.name}: ${listed(small)}`);
  return withClasses(dataset, classes);
}

async function classList(option: string, text: string | undefined): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined;
  const isFile = statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  const names = isFile
    ? await readClassList(text)
    : text
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean);
  if (names.length === 0) throw new UsageError(`--${option}-classes: ${isFile ? text : `"${text}"`} names no class`);
  return names;
}
