import {
  isSameClass,
  pairsOf,
  withClasses,
  type Dataset,
  type Division,
  type NovelImages,
  type Raster,
} from '@hypercorr/datasets';
import {
  openBenchmark,
  openEveryTest,
  openFoldTests,
  type FoldedOptions,
  type OpenedBenchmark,
} from '@hypercorr/datasets/node';
import type { TrainingDescription } from './checkpoint.ts';
import type { ClassSplit, OpenedData } from './divide-classes.ts';
import { UsageError } from './cli/failure.ts';

/** PASCAL-5i and COCO-20i: their classes are dealt to four folds, whose lists of images are published. */
export const foldedBenchmarks = ['pascal', 'coco'] as const;
export type FoldedBenchmark = (typeof foldedBenchmarks)[number];

export interface FoldedSettings {
  readonly benchmark: FoldedBenchmark;
  readonly data: string;
  readonly fold?: number | undefined;
  readonly splits?: string | undefined;
  readonly novelImages?: NovelImages | undefined;
  readonly classSplit?: Division | undefined;
  readonly cocoRaster?: Raster | undefined;
}

export function isFolded(benchmark: string): benchmark is FoldedBenchmark {
  return foldedBenchmarks.some((name) => name === benchmark);
}

/** @throws UsageError for a benchmark without folds */
export function foldedBenchmark(benchmark: string): FoldedBenchmark {
  if (isFolded(benchmark)) return benchmark;
  throw new UsageError(`--fold is for --benchmark ${foldedBenchmarks.join(', ')}; this one is ${benchmark}`);
}

/** A fold's classes to train on and to test. @throws UsageError without a fold; as `openBenchmark` otherwise */
async function openFold(
  settings: FoldedSettings,
  parts: readonly ('train' | 'test')[] = ['train', 'test'],
): Promise<ClassSplit> {
  const { benchmark, fold, novelImages } = settings;
  if (fold === undefined)
    throw new UsageError(
      `--fold N is missing: ${benchmark} has four, 0 to 3; the classes of one are tested, the others trained on`,
    );
  return withSource(await openBenchmark({ ...optionsOf(settings), fold, novel: novelImages, parts }));
}

function optionsOf({ benchmark, data, splits, classSplit, cocoRaster }: FoldedSettings): FoldedOptions {
  return { benchmark, root: data, lists: splits, division: classSplit, raster: cocoRaster };
}

/** A benchmark's parts, each of which knows where its pairs are from. */
export function withSource({ train, validation, test, source }: OpenedBenchmark): ClassSplit {
  return { train: { ...train, source }, validation: { ...validation, source }, test: { ...test, source } };
}

/** What each fold tests, all of them looked up at once. @throws as `openFoldTests` */
export function openTestOfEachFold(settings: FoldedSettings): Promise<readonly Dataset[]> {
  return openFoldTests(optionsOf(settings));
}

/** The fold that is scored: the one that is asked for, else the one that the model was trained on, if its data is this. */
export function foldOf(
  { benchmark, fold }: { readonly benchmark: string; readonly fold?: number | undefined },
  training: TrainingDescription | undefined,
): number | undefined {
  return fold ?? (training?.benchmark === benchmark ? training.fold : undefined);
}

/** A fold as a dataset with its own parts. Its validation classes are its test classes, as published. */
export async function foldParts(settings: FoldedSettings): Promise<OpenedData> {
  const { train, validation, test } = await openFold(settings);
  return {
    all: joined(`${settings.benchmark}-fold${settings.fold}`, [train, test]),
    parts: { train, validation, test },
  };
}

/**
 * The classes that a model is scored on: those of the fold that is asked for; else of the fold that it was trained on; else, for
 * a model of other data, all classes that had no part in its training, by PASCAL's and COCO's names.
 *
 * @param options `all`: whether classes of the training are wanted, too
 */
export async function openFoldTest(
  settings: FoldedSettings,
  training: TrainingDescription | undefined,
  { all: wantsAll }: { readonly all: boolean },
): Promise<Dataset> {
  const fold = foldOf(settings, training);
  if (fold !== undefined) return (await openFold({ ...settings, fold }, ['test'])).test;
  const all = await openEveryTest(optionsOf(settings));
  if (wantsAll) return all;
  const trained = training?.classes ?? [];
  const unseen = all.classes.filter(({ name }) => !trained.some((each) => isSameClass(each, name)));
  if (unseen.length > 0)
    return {
      ...withClasses(all, unseen),
      name: unseen.length === all.classes.length ? all.name : `${all.name}, those not trained on`,
    };
  throw new UsageError(
    `every class of ${settings.benchmark} had a part in the training; --fold N or --test-classes LIST scores some of them all the same`,
  );
}

/** Disjoint sets of classes of one benchmark as one, their pairs one set after the other. */
export function joined(name: string, sets: readonly Dataset[]): Dataset {
  const [first] = sets;
  return {
    ...first,
    name,
    root: first?.root ?? '',
    classes: sets.flatMap(({ classes }) => classes).toSorted((a, b) => a.id - b.id),
    pairs: sets.flatMap((each) => pairsOf(each)),
  };
}
