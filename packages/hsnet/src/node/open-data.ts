import { join } from 'node:path';
import {
  pickClasses,
  type Dataset,
  type Division,
  type MaskReading,
  type NovelImages,
  type Raster,
} from '@hypercorr/datasets';
import { layouts, openBenchmark, openDataset, openParts, type CrowdReading } from '@hypercorr/datasets/node';
import {
  divideClasses,
  partOf,
  type ClassSplit,
  type DividedData,
  type NamedClasses,
} from '../classes/divide-classes.ts';
import { trainedClasses, unseenClasses } from '../classes/trained-classes.ts';
import { ClassesError } from '../errors.ts';
import type { TrainingDescription } from '../model-description.ts';
import { counted } from '@hypercorr/train';
import { isFolded, joined, openFold, openFoldTest, withSource } from './folded-data.ts';

/** Data that few-shot segmentation is trained and scored on: benchmarks with folds, layouts of files, generated data. */
export const benchmarks = ['pascal', 'coco', ...layouts, 'generated'] as const;
export type Benchmark = (typeof benchmarks)[number];

/** Where data lies, and what is meant of it. */
export interface DataOptions {
  readonly benchmark: Benchmark;
  /** The folder; of a manifest or a JSON the file itself, or its folder. */
  readonly root: string;
  /** Of pascal, coco and fss: the folder of the split lists. */
  readonly lists?: string | undefined;
  /** Of pascal and coco: 0, 1, 2 or 3. */
  readonly fold?: number | undefined;
  /** Of pascal and coco: training images that also show a class to be tested; `'keep'` when absent. */
  readonly novel?: NovelImages | undefined;
  /** Of coco: how its classes are dealt to folds; `'interleaved'` when absent. */
  readonly division?: Division | undefined;
  /** Of coco: how annotations become masks; `'coco'` when absent. */
  readonly raster?: Raster | undefined;
  /** Of coco-json: what annotations of crowds are; `'void'` when absent. */
  readonly crowds?: CrowdReading | undefined;
  /** Of layouts with masks of one class: what their values mean; as the layout says when absent. */
  readonly foreground?: MaskReading | undefined;
  /** Of layouts: whether masks and outlines were drawn over the stored pixels, before EXIF turns the photographs. */
  readonly overStored?: boolean | undefined;
  /** Of `indexed`: called after each mask that is read to find its classes. */
  readonly onScan?: ((done: number, of: number) => void) | undefined;
}

/**
 * Opens data and divides its classes: by the names given; what they leave by the data's own parts, or by shares.
 *
 * @throws ClassesError for too few classes, a class named twice, and pascal or coco without a fold; FormatError for unknown
 * classes, and for a folder without the layout
 */
export async function openClassSplit(options: DataOptions, named: NamedClasses = {}): Promise<ClassSplit> {
  return divideClasses(await openData(options), named);
}

/** What chooses classes of data for a model. */
export interface ClassChoice {
  /** Classes that somebody names. */
  readonly classes?: readonly string[] | undefined;
  /** What the model learned from. */
  readonly training?: TrainingDescription | undefined;
}

/** What a model is scored on. */
export interface TestClasses {
  readonly dataset: Dataset;
  /** Which classes these are, and why, in words; undefined where a list or a fold says so. */
  readonly why?: string;
}

/**
 * Opens the classes that a model is scored on. These are the first of:
 * - the classes named;
 * - of a benchmark with folds, the classes of the fold;
 * - where lists or a manifest name a test part, that part;
 * - the classes that had no part in the model's training;
 * - for weights that do not say how they were trained: the test part of fss and of generated data, and all classes of
 *   other data.
 *
 * @throws as `openClassSplit`; ClassesError where no class is left
 */
export async function openTestClasses(
  options: DataOptions,
  { classes, training }: ClassChoice = {},
): Promise<TestClasses> {
  const { benchmark, root } = options;
  if (isFolded(benchmark)) {
    const test = await openFoldTest({ ...options, benchmark }, training, { all: classes !== undefined });
    return { dataset: classes === undefined ? test : pickClasses(test, classes) };
  }
  const data = await openData(options);
  const { all, parts } = data;
  if (classes !== undefined) return { dataset: partOf(all, 'test', classes) };
  const scores = (count: number): string => {
    const known = all.classes.length;
    return `scores ${count < known ? `${count} of ` : known > 1 ? 'all ' : ''}${counted(known, 'class')} of ${root}`;
  };
  // The division of generated data is a proposal only.
  if (benchmark !== 'generated' && parts?.test !== undefined && parts.test.classes.length > 0)
    return { dataset: parts.test, why: `${scores(parts.test.classes.length)}, its test part` };
  if (training !== undefined) {
    const unseen = unseenClasses(all, training).map(({ name }) => name);
    if (unseen.length === 0) throw new ClassesError('classes', `all classes of ${root} were used for training`);
    return {
      dataset: unseen.length === all.classes.length ? all : partOf(all, 'test', unseen),
      why: `${scores(unseen.length)}: those that had no part in the training of the weights`,
    };
  }
  const unknown = 'the weights do not say what they were trained on';
  if (benchmark === 'generated' || benchmark === 'fss') {
    const { test } = divideClasses(data);
    // Data of one or two classes has no test part.
    if (test.classes.length > 0)
      return { dataset: test, why: `${scores(test.classes.length)}, its test part: ${unknown}` };
  }
  return { dataset: all, why: `${scores(all.classes.length)}: ${unknown}` };
}

/**
 * Opens the classes that scores of presence are calibrated on. These are the first of:
 * - the classes named;
 * - the data's classes that chose the best epoch of the weights, of a benchmark without folds: nothing was trained on them,
 *   and no score is reported for them;
 * - the classes that a model is scored on, as `openTestClasses` finds them.
 *
 * @throws as `openTestClasses`
 */
export async function openCalibrationClasses(
  options: DataOptions,
  { classes, training }: ClassChoice = {},
): Promise<TestClasses> {
  if (classes !== undefined || training === undefined || isFolded(options.benchmark))
    return openTestClasses(options, { classes, training });
  const { all } = await openData(options);
  const chosenBy = trainedClasses(all, { classes: training.validationClasses });
  if (chosenBy.length === 0) return openTestClasses(options, { training });
  return {
    dataset: partOf(all, 'validation', chosenBy),
    why: `calibrates on ${counted(chosenBy.length, 'class')} of ${options.root}: those that chose the best epoch of the weights`,
  };
}

/**
 * Opens data, with its own division into parts where it has one.
 *
 * @throws ClassesError for pascal or coco without a fold; FormatError for a folder without the layout
 */
export async function openData(options: DataOptions): Promise<DividedData> {
  const { benchmark, root, lists } = options;
  if (isFolded(benchmark)) return openFold({ ...options, benchmark });
  if (benchmark === 'generated') return openGenerated(root);
  if (benchmark === 'fss' && lists !== undefined) {
    const parts = withSource(await openBenchmark({ benchmark, root, lists }));
    return { all: joined(benchmark, [parts.train, parts.validation, parts.test]), parts };
  }
  const { crowds, foreground, overStored, onScan } = options;
  return openParts({ layout: benchmark, root, crowds, foreground, overStored, onScan });
}

/** The folders of generated data that are opened: classes for episodes, and classes that nothing is trained on. */
export const generatedSets = ['episodes', 'held-out'] as const;

async function openGenerated(root: string): Promise<DividedData> {
  const [episodes, heldOut] = await Promise.all([
    openDataset({ layout: 'fss', root: join(root, generatedSets[0]) }),
    openDataset({ layout: 'fss', root: join(root, generatedSets[1]) }),
  ]);
  const names = episodes.classes.map(({ name }) => name);
  // A fifth of the classes for episodes is for validation.
  const train = names.length - Math.max(1, Math.round(names.length / 5));
  // Each folder numbers its classes from 0.
  const classes = [...episodes.classes, ...heldOut.classes].map((each, id) => ({ ...each, id }));
  const all = { name: 'generated', root, classes };
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
