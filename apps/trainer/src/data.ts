import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pickClasses, splitClasses, type Dataset } from '@hypercorr/datasets';
import { openDataset, readClassList } from '@hypercorr/datasets/node';
import { listed } from '@hypercorr/tensor';
import type { TrainingDescription } from './checkpoint.ts';
import { UsageError } from './failure.ts';
import type { benchmarks } from './options.ts';

export type Benchmark = (typeof benchmarks)[number];

export interface DataSettings {
  readonly benchmark: Benchmark;
  readonly data: string;
}

/** Lists of classes: names with commas between, or a file with one a line. */
export interface ClassLists {
  readonly trainClasses?: string | undefined;
  readonly valClasses?: string | undefined;
  readonly testClasses?: string | undefined;
}

const parts = ['train', 'validation', 'test'] as const;
type Part = (typeof parts)[number];

/** Three disjoint sets of classes: to train on, to choose the best epoch by, and to report on. */
export type ClassSplit = Readonly<Record<Part, Dataset>>;

/** The classes that options name for each part. */
type Lists = Readonly<Record<Part, readonly string[] | undefined>>;

/** How classes that no list names are divided among the parts without a list: as FSS-1000's 520, 240, 240. */
const shares: Readonly<Record<Part, number>> = { train: 520, validation: 240, test: 240 };

/** The division is the same for every command and seed, so that no test class was another command's training class. */
const splitSeed = 0;

/**
 * Opens a dataset and splits its classes: by the lists; what they leave by the benchmark's own sets, or by shares.
 *
 * @throws UsageError for a folder that is not there, a list without names, a class named twice, and too few classes; FormatError for unknown
 * classes and for a folder without the layout
 */
export async function openSplit(settings: DataSettings & ClassLists): Promise<ClassSplit> {
  const { all, split } = await openBenchmark(settings);
  const lists: Lists = {
    train: await classList('train', settings.trainClasses),
    validation: await classList('val', settings.valClasses),
    test: await classList('test', settings.testClasses),
  };
  const named = Object.values(lists).flatMap((list) => list ?? []);
  const twice = named.find((name, i) => named.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`class ${twice} is named twice; it is for training, for validation or for testing`);
  return split === undefined ? splitByShares(all, lists) : splitAsGiven(all, split, lists);
}

/**
 * Opens the classes that a model is scored on: those of the list; else those that had no part in its training; else, for
 * a model of other data, the benchmark's test classes.
 *
 * @throws as `openSplit`; UsageError where no class is left
 */
export async function openTestClasses(
  settings: DataSettings & Pick<ClassLists, 'testClasses'>,
  training: TrainingDescription | undefined,
): Promise<Dataset> {
  const { all } = await openBenchmark(settings);
  const list = await classList('test', settings.testClasses);
  if (list !== undefined) return part(all, 'test', list);
  const used = [...(training?.classes ?? []), ...(training?.validationClasses ?? [])];
  const names = all.classes.map(({ name }) => name);
  if (!names.some((name) => used.includes(name))) return (await openSplit(settings)).test;
  const rest = names.filter((name) => !used.includes(name));
  if (rest.length > 0) return part(all, 'test', rest);
  throw new UsageError(`every class of ${settings.data} had a part in the training; --test-classes LIST scores some of them all the same`);
}

/** A benchmark's classes, and its own division of them where it has one. */
interface OpenedBenchmark {
  readonly all: Dataset;
  readonly split?: Readonly<Record<Part, readonly string[]>>;
}

async function openBenchmark({ benchmark, data }: DataSettings): Promise<OpenedBenchmark> {
  checkFolder(data, benchmark);
  if (benchmark !== 'generated') return { all: await openDataset({ layout: benchmark, root: data }) };
  const [episodes, heldOut] = await Promise.all([openGenerated(data, 'episodes'), openGenerated(data, 'held-out')]);
  const names = episodes.classes.map(({ name }) => name);
  // A fifth of the classes for episodes is for validation.
  const train = names.length - Math.max(1, Math.round(names.length / 5));
  // Each of the folders numbers its classes from 0.
  const classes = [...episodes.classes, ...heldOut.classes].map((each, id) => ({ ...each, id }));
  return {
    all: { name: 'generated', root: data, classes },
    split: { train: names.slice(0, train), validation: names.slice(train), test: heldOut.classes.map(({ name }) => name) },
  };
}

/** The generated dataset is two folders: classes for episodes, and classes that nothing is trained on. */
function openGenerated(data: string, set: 'episodes' | 'held-out'): Promise<Dataset> {
  const root = join(data, set);
  checkFolder(root, 'generated');
  return openDataset({ layout: 'fss', root });
}

function checkFolder(path: string, benchmark: Benchmark): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const hint = benchmark === 'generated' ? '; hypercorr datasets generate makes one' : '';
  throw new UsageError(`--data: ${path} is not a folder${hint}`);
}

function splitAsGiven(all: Dataset, split: Readonly<Record<Part, readonly string[]>>, lists: Lists): ClassSplit {
  const named = Object.values(lists).flatMap((list) => list ?? []);
  const of = (each: Part): Dataset => {
    const names = lists[each] ?? split[each].filter((name) => !named.includes(name));
    if (names.length === 0) throw new UsageError(`${all.root} has ${all.classes.length} classes, and none is left for ${each}`);
    return part(all, each, names);
  };
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

function splitByShares(all: Dataset, lists: Lists): ClassSplit {
  const named = Object.values(lists).flatMap((list) => list ?? []);
  const rest = all.classes.map(({ name }) => name).filter((name) => !named.includes(name));
  const open = parts.filter((each) => lists[each] === undefined);
  if (rest.length < open.length) {
    throw new UsageError(`${all.root} has ${all.classes.length} classes; ${rest.length} are too few for ${open.join(', ')}`);
  }
  const dealt = splitClasses(pickClasses(all, rest), counts(rest.length, open), { seed: splitSeed });
  const of = (each: Part): Dataset => part(all, each, lists[each] ?? dealt[each].classes.map(({ name }) => name));
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

function part(all: Dataset, name: Part, classes: readonly string[]): Dataset {
  return { ...pickClasses(all, classes), name: `${all.name}/${name}` };
}

/** How many of `total` classes each open part gets: at least one, by the shares, the first taking what rounding leaves. */
function counts(total: number, open: readonly Part[]): Record<Part, number> {
  const whole = open.reduce((sum, each) => sum + shares[each], 0);
  const dealt: Record<Part, number> = { train: 0, validation: 0, test: 0 };
  for (const each of open.slice(1)) dealt[each] = Math.max(1, Math.round((total * shares[each]) / whole));
  const [first] = open;
  if (first !== undefined) dealt[first] = total - open.slice(1).reduce((sum, each) => sum + dealt[each], 0);
  return dealt;
}

/**
 * The dataset without the classes that have too few images for episodes of so many shots, and a warning that names them.
 *
 * @throws UsageError where none is left
 */
export function withEnoughImages(dataset: Dataset, shots: number, warn: (message: string) => void): Dataset {
  const classes = dataset.classes.filter(({ samples }) => samples.length > shots);
  const small = dataset.classes.filter((each) => !classes.includes(each)).map(({ name, samples }) => `${name} (${samples.length})`);
  const need = `${shots}-shot episodes need ${shots + 1} images a class, one of them the query`;
  if (classes.length === 0) throw new UsageError(`${need}, and every class of ${dataset.name} has fewer: ${listed(small)}`);
  if (small.length > 0) warn(`${need}; left out of ${dataset.name}: ${listed(small)}`);
  return { ...dataset, classes };
}

async function classList(option: string, text: string | undefined): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined;
  const isFile = statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  const names = isFile ? await readClassList(text) : text.split(',').map((name) => name.trim()).filter(Boolean);
  if (names.length === 0) throw new UsageError(`--${option}-classes: ${isFile ? text : `"${text}"`} names no class`);
  return names;
}
