import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset, Division, MaskReading, NovelImages, Raster } from '@hypercorr/datasets';
import { layouts, openFoldTests, parseClassList, readClassList, type CrowdReading } from '@hypercorr/datasets/node';
import {
  ClassesError,
  withEnoughImages as leaveOutSmall,
  type ClassSplit,
  type TrainingDescription,
} from '@hypercorr/hsnet';
import {
  foldedBenchmarks,
  generatedSets,
  isFolded,
  openCalibrationClasses as openCalibration,
  openClassSplit,
  openTestClasses as openTests,
  type Benchmark,
  type DataOptions,
  type FoldedBenchmark,
  type TestClasses,
} from '@hypercorr/hsnet/node';
import { UsageError, withoutTag } from './failure.ts';

export interface DataSettings {
  readonly benchmark: Benchmark;
  readonly data: string;
  readonly fold?: number | undefined;
  readonly splits?: string | undefined;
  readonly novelImages?: NovelImages | undefined;
  readonly classSplit?: Division | undefined;
  readonly cocoRaster?: Raster | undefined;
  readonly crowds?: CrowdReading | undefined;
  readonly mask?: MaskReading | undefined;
  readonly storedPixels?: boolean | undefined;
  /** Shows how far the masks are read that tell which classes photographs show. */
  readonly onScan?: ((done: number, of: number) => void) | undefined;
}

/** Lists of classes. Each is names separated by commas, in quotes where they hold commas, or the path of a file with one name a line. */
export interface ClassLists {
  readonly trainClasses?: string | undefined;
  readonly valClasses?: string | undefined;
  readonly testClasses?: string | undefined;
}

/**
 * Opens data and divides its classes as the options say.
 *
 * @throws UsageError for a missing folder, a list without names, a class named twice, too few classes, or a missing --fold;
 * FormatError for unknown classes, and for a folder without the expected layout
 */
export async function openSplit(settings: DataSettings & ClassLists): Promise<ClassSplit> {
  checkSettings(settings);
  const { benchmark, fold } = settings;
  if (isFolded(benchmark) && fold === undefined)
    throw new UsageError(
      `--fold N is missing: ${benchmark} has four folds, 0 to 3; the classes of one are tested, the others trained on`,
    );
  const named = {
    train: await classList('train-classes', settings.trainClasses),
    validation: await classList('val-classes', settings.valClasses),
    test: await classList('test-classes', settings.testClasses),
  };
  return asUsage('choose classes with --train-classes, --val-classes and --test-classes', () =>
    openClassSplit(optionsOf(settings), named),
  );
}

/**
 * Opens the classes that a model is scored on.
 *
 * @throws as `openSplit`; UsageError if no class is left
 */
export async function openTestClasses(
  settings: DataSettings & Pick<ClassLists, 'testClasses'>,
  training: TrainingDescription | undefined,
): Promise<TestClasses> {
  checkSettings(settings);
  const classes = await classList('test-classes', settings.testClasses);
  const remedy = `choose classes to score with ${isFolded(settings.benchmark) ? '--fold N or ' : ''}--test-classes LIST`;
  return asUsage(remedy, () => openTests(optionsOf(settings), { classes, training }));
}

/**
 * Opens the classes that scores of presence are calibrated on.
 *
 * @throws as `openTestClasses`
 */
export async function openCalibrationClasses(
  settings: DataSettings & { readonly classes?: string | undefined },
  training: TrainingDescription | undefined,
): Promise<TestClasses> {
  checkSettings(settings);
  const classes = await classList('classes', settings.classes);
  return asUsage('choose classes to calibrate on with --classes LIST', () =>
    openCalibration(optionsOf(settings), { classes, training }),
  );
}

/**
 * Opens the classes that each fold of a benchmark tests.
 *
 * @throws UsageError for a benchmark without folds; otherwise as `openSplit`
 */
export async function openTestFolds(settings: Omit<DataSettings, 'fold'>): Promise<readonly Dataset[]> {
  checkSettings(settings);
  return openFoldTests({ ...optionsOf(settings), benchmark: foldedBenchmark(settings.benchmark) });
}

/** @throws UsageError for a benchmark without folds */
export function foldedBenchmark(benchmark: string): FoldedBenchmark {
  if (isFolded(benchmark)) return benchmark;
  throw new UsageError(`--fold is for --benchmark ${foldedBenchmarks.join(', ')}; this one is ${benchmark}`);
}

/**
 * Leaves out classes with too few images for episodes of `shots` supports, and warns about them.
 *
 * @param options `repeated`: whether an episode may use a support twice
 * @throws UsageError if no class is left
 */
export function withEnoughImages(
  dataset: Dataset,
  shots: number,
  warn: (message: string) => void,
  options: { readonly repeated?: boolean } = {},
): Dataset {
  try {
    const kept = leaveOutSmall(dataset, shots, options);
    if (kept.warning !== undefined) warn(kept.warning);
    return kept.dataset;
  } catch (cause) {
    throw cause instanceof ClassesError ? new UsageError(withoutTag(cause), { cause }) : cause;
  }
}

function optionsOf(settings: DataSettings): DataOptions {
  const { benchmark, data, fold, splits, novelImages, classSplit, cocoRaster, crowds, mask, storedPixels, onScan } =
    settings;
  return {
    benchmark,
    root: data,
    fold,
    lists: splits,
    novel: novelImages,
    division: classSplit,
    raster: cocoRaster,
    crowds,
    foreground: mask,
    overStored: storedPixels,
    onScan,
  };
}

/** Turns an error about classes into one about options. */
async function asUsage<T>(remedy: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    throw cause instanceof ClassesError ? new UsageError(`${withoutTag(cause)}. ${capital(remedy)}`, { cause }) : cause;
  }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** The benchmarks of each option. With any other benchmark the option is a usage error, since it would be ignored. */
const meantFor = [
  ['fold', '--fold', ['pascal', 'coco']],
  ['novelImages', '--novel-images', ['pascal', 'coco']],
  ['splits', '--splits', ['pascal', 'coco', 'fss']],
  ['classSplit', '--class-split', ['coco']],
  ['cocoRaster', '--coco-raster', ['coco']],
  ['crowds', '--crowds', ['coco-json']],
  ['mask', '--mask', ['fss', 'folder', 'manifest']],
  ['storedPixels', '--stored-pixels', layouts],
] as const satisfies readonly (readonly [keyof DataSettings, string, readonly Benchmark[]])[];

function checkSettings(settings: DataSettings): void {
  const { benchmark, data } = settings;
  for (const [name, flag, benchmarks] of meantFor) {
    if (settings[name] === undefined || settings[name] === false || benchmarks.some((each) => each === benchmark))
      continue;
    throw new UsageError(`${flag} is for --benchmark ${benchmarks.join(', ')}; this one is ${benchmark}`);
  }
  checkFolder(data, benchmark);
  if (benchmark === 'generated') for (const set of generatedSets) checkFolder(join(data, set), benchmark);
}

function checkFolder(path: string, benchmark: Benchmark): void {
  const there = statSync(path, { throwIfNoEntry: false });
  const mayBeFile = benchmark === 'manifest' || benchmark === 'coco-json';
  if (there?.isDirectory() === true || (mayBeFile && there?.isFile() === true)) return;
  if (mayBeFile) {
    const file = benchmark === 'manifest' ? 'manifest' : 'JSON file';
    throw new UsageError(`--data: ${path} is not there; give the ${file}, or its folder`);
  }
  const hint = benchmark === 'generated' ? '; hypercorr datasets generate makes one' : '';
  throw new UsageError(`--data: ${path} is not a folder${hint}`);
}

async function classList(option: string, text: string | undefined): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined;
  const isFile = statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  const names = isFile ? await readClassList(text) : parseClassList(text);
  if (names.length === 0) throw new UsageError(`--${option}: ${isFile ? text : `"${text}"`} names no class`);
  return names;
}
