import type { Dataset } from '@hypercorr/datasets';
import { SegmentationScore, type NamedProtocol, type PresenceMeter } from '@hypercorr/hsnet';

/** The scores of one model on one set of classes, for each seed. */
export interface FoldResult {
  /** Absent for data without folds. */
  readonly fold: number | undefined;
  readonly dataset: Dataset;
  /** How many classes were asked for. Classes with too few images for episodes are not in `dataset`. */
  readonly asked: number;
  /** The protocol, the same for every fold. */
  readonly protocol: NamedProtocol;
  /** Where the model's weights come from. */
  readonly weights: string;
  /** What the model was trained on, for data with folds: "coco fold 1, novel-class images kept". */
  readonly trained: string | undefined;
  readonly shots: number;
  /** Images were resized to size × size. */
  readonly size: number;
  /** One for each seed. */
  readonly scores: readonly SegmentationScore[];
  /** How well the model tells queries that do not show the class, over all seeds; undefined where none were scored. */
  readonly presence: PresenceMeter | undefined;
  /** The least score of a class that is found; undefined for weights that are not calibrated. */
  readonly leastScore: number | undefined;
  /** Episodes left out because of faulty files. */
  readonly skipped: number;
}

/** Mean and sample deviation (n − 1; 0 for a single value). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

export interface SeedFigures {
  readonly miou: number;
  readonly fbIou: number;
}

/** The figures of each seed: means over the folds, as papers report them. */
export function seedFigures(results: readonly FoldResult[]): readonly SeedFigures[] {
  const [first] = results;
  return (first?.scores ?? []).map((_, seed) => {
    const scores = results.flatMap(({ scores: all }) => all[seed] ?? []);
    return { miou: meanOf(scores.map(({ miou }) => miou)), fbIou: meanOf(scores.map(({ fbIou }) => fbIou)) };
  });
}

/** A class over the episodes of all seeds. */
export interface ClassResult {
  readonly id: number;
  readonly name: string;
  /** In percent. */
  readonly iou: number;
  readonly intersection: number;
  readonly union: number;
  readonly episodes: number;
}

/** A fold's classes, by id, over the episodes of all seeds. */
export function classResults({ scores, dataset }: FoldResult): readonly ClassResult[] {
  const together = new SegmentationScore();
  for (const each of scores) together.merge(each);
  const names = new Map(dataset.classes.map(({ id, name }) => [id, name]));
  return together.classes().map((each) => ({ ...each, name: names.get(each.id) ?? String(each.id) }));
}

/** How many classes have a scored episode, for each seed, summed over the folds. */
export function classesScored(results: readonly FoldResult[]): readonly number[] {
  const [first] = results;
  return (first?.scores ?? []).map((_, seed) =>
    results.reduce((sum, { scores }) => sum + (scores[seed]?.classes().length ?? 0), 0),
  );
}

/** The names of classes that have no episode with some seed. The fold's mIoU leaves them out. */
export function missedClasses({ dataset, scores }: FoldResult): readonly string[] {
  const isScored = (score: SegmentationScore, id: number): boolean =>
    score.classes().some((scored) => scored.id === id);
  return dataset.classes.filter(({ id }) => !scores.every((each) => isScored(each, id))).map(({ name }) => name);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
