import { pairsOf, withClasses, type Dataset, type NovelImages } from '@hypercorr/datasets';
import { openBenchmark, openEveryTest, type FoldedOptions, type OpenedBenchmark } from '@hypercorr/datasets/node';
import { unseenClasses } from '../classes/trained-classes.ts';
import type { ClassSplit, DividedData } from '../classes/divide-classes.ts';
import { ClassesError } from '../errors.ts';
import type { TrainingDescription } from '../model-description.ts';

/** PASCAL-5i and COCO-20i: their classes are dealt to four folds, whose lists of images are published. */
export const foldedBenchmarks = ['pascal', 'coco'] as const;
export type FoldedBenchmark = (typeof foldedBenchmarks)[number];

/** Where a benchmark with folds lies, and which of its folds is meant. */
export interface FoldedData extends Omit<FoldedOptions, 'onProgress'> {
  /** 0, 1, 2 or 3: its classes are tested, the others trained on. */
  readonly fold?: number | undefined;
  /** Training images that also show a class to be tested; `'keep'` when absent. */
  readonly novel?: NovelImages | undefined;
}

export function isFolded(benchmark: string): benchmark is FoldedBenchmark {
  return foldedBenchmarks.some((name) => name === benchmark);
}

/** The fold that is scored: the one asked for, else the one that the model was trained on, if its data is this. */
export function foldOf(
  { benchmark, fold }: { readonly benchmark: string; readonly fold?: number | undefined },
  training: TrainingDescription | undefined,
): number | undefined {
  return fold ?? (training?.benchmark === benchmark ? training.fold : undefined);
}

/** A benchmark's parts, each of which says where its pairs come from. */
export function withSource({ train, validation, test, source }: OpenedBenchmark): ClassSplit {
  return { train: { ...train, source }, validation: { ...validation, source }, test: { ...test, source } };
}

/** A fold as a dataset with its own parts. Its validation classes are its test classes, as published. */
export async function openFold(data: FoldedData): Promise<DividedData> {
  const { benchmark, fold } = data;
  if (fold === undefined)
    throw new ClassesError(
      'classes',
      `${benchmark} has four folds, 0 to 3; choose the fold whose classes are tested, the others are for training`,
    );
  const { train, validation, test } = withSource(await openBenchmark({ ...data, fold }));
  return { all: joined(`${benchmark}-fold${fold}`, [train, test]), parts: { train, validation, test } };
}

/**
 * The classes that a model is scored on: those of the fold that is asked for; else those of the fold that it was trained
 * on; else, for a model of other data, all classes that had no part in its training.
 *
 * @param options `all`: whether classes of the training are wanted too
 * @throws ClassesError where no class is left; as `openBenchmark` otherwise
 */
export async function openFoldTest(
  data: FoldedData,
  training: TrainingDescription | undefined,
  { all: wantsAll }: { readonly all: boolean },
): Promise<Dataset> {
  const fold = foldOf(data, training);
  if (fold !== undefined) return withSource(await openBenchmark({ ...data, fold, parts: ['test'] })).test;
  const all = await openEveryTest(data);
  if (wantsAll || training === undefined) return all;
  const unseen = unseenClasses(all, { ...training, validationClasses: [] });
  if (unseen.length === 0) throw new ClassesError('classes', `all classes of ${data.benchmark} were used for training`);
  const name = unseen.length === all.classes.length ? all.name : `${all.name}, those not trained on`;
  return { ...withClasses(all, unseen), name };
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
