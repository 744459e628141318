import type { Json, Source } from '@hypercorr/datasets';
import type { Module, NamedParameters, Optimizer, OptimizerOptions, Schedule } from '@hypercorr/nn';
import type { FloatDType, Tensor } from '@hypercorr/tensor';
import type { Card } from './cards.ts';

/** One number, a tensor without axes. */
export type Scalar = Tensor<readonly [], FloatDType>;

/** What a batch costs. `total` is minimised; every other part is only recorded, beside it. */
export interface Losses {
  readonly total: Scalar;
  readonly [part: string]: Scalar;
}

/** A stretch of a training. Each phase has an optimiser of its own, which starts afresh. */
export interface Phase {
  /** `'training'`, or what this phase is for: `'banks'`, `'auto-encoder'`. */
  readonly name: string;
  /** Steps of the optimiser. */
  readonly steps: number;
  /** The learning rate of each step of this phase, counted from 0. */
  readonly schedule: Schedule;
}

/**
 * Something to train: a model, the items that it learns from, and a loss. The loop, run folders, checkpoints and reports
 * know nothing else of it.
 *
 * @typeParam Item what the source reads, one by one
 * @typeParam Batch what the model computes at once
 */
export interface Task<Item, Batch> {
  /** Names the task in checkpoints: `'few-shot'`. A run resumes only with the task that began it. */
  readonly kind: string;
  readonly model: Module;
  readonly training: Source<Item>;
  /** One after another. At least one. */
  readonly phases: readonly Phase[];
  /**
   * How many times the learning rate a parameter's own rate is, in a phase; 1 for all if absent.
   *
   * @returns 0 to freeze the parameter: no gradient is computed for it
   */
  rateFactor?(parameter: string, phase: Phase): number;
  /** The optimiser of a phase. */
  optimizer(parameters: NamedParameters, options: OptimizerOptions): Optimizer;
  /**
   * Makes batches of items that are computed together. Several batches are computed one after another, and the loss is
   * their mean: with K shots, for example, the k-th holds the k-th support of every episode. Tensors belong to the scope around the call.
   *
   * @param indices the items' numbers in the source, for what else depends on them
   * @returns functions, so that only one batch is in memory at a time
   */
  collate(items: readonly Item[], indices: readonly number[]): readonly (() => Batch)[];
  /** The batch's losses, in training mode. Each is a mean over the batch's items. */
  loss(batch: Batch, phase: Phase): Losses;
  /** What is scored after every epoch, if anything. */
  readonly validation?: Validation<Item>;
  /** What rebuilds the model: it stands in checkpoints. */
  describe(): Json;
  /** Names an item in errors, for example by its files. */
  nameOf(item: Item): string;
  /**
   * Says why an item is left out. The item's number and the error's message if absent.
   *
   * @throws to end the training: when the whole data is gone, for example
   */
  describeFault?(fault: { readonly plan: unknown; readonly error: Error }): string;
}

/** What a step needs of a task. */
export type StepTask<Item, Batch> = Pick<
  Task<Item, Batch>,
  'model' | 'rateFactor' | 'optimizer' | 'collate' | 'loss' | 'nameOf'
>;

/** Items that are scored after every epoch. */
export interface Validation<Item> {
  /** `'validation'`, `'held-out'`: it stands before figures. */
  readonly name: string;
  /** It has an end. */
  readonly source: Source<Item> & { readonly length: number };
  /** A new meter, which has counted nothing. */
  meter(): Meter<Item>;
  /** How the items are scored, in words, for the report. */
  readonly protocol: string;
  /** The figure that tells the best epoch, and whether higher is better. */
  readonly best: BestFigure;
  /** How people call the figures: `{ miou: 'mIoU' }`. A figure without a label keeps its name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Digits after the point where figures are shown. 1 if absent, as percentages have. */
  readonly digits?: number;
}

/**
 * Scores a model item by item. All that its figures depend on are sums, in `counts`: the counts of several processes may
 * be added.
 */
export interface Meter<Item> {
  /** Predicts, compares with the truth, and counts. The model is in evaluation mode. */
  add(item: Item): Promise<void>;
  /** Sums over the items so far. Writing into it changes the figures. */
  readonly counts: Float64Array;
  /** Figures by short names that files and programs read: `{ miou: 54.3, fb_iou: 72.9 }`. */
  figures(): Readonly<Record<string, number>>;
  /** Tables and pictures for the report. */
  cards(): readonly Card[];
}

export interface BestFigure {
  readonly figure: string;
  readonly higher: boolean;
}

/** The steps of all phases together. */
export function stepsOf(phases: readonly Phase[]): number {
  return phases.reduce((sum, { steps }) => sum + steps, 0);
}
