import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HSNet, ModelDescription } from '@hypercorr/hsnet';
import type { Optimizer } from '@hypercorr/nn';
import { listed, type Engine } from '@hypercorr/tensor';
import {
  describeCheckpoint,
  freeState,
  readCheckpoint,
  saveCheckpoint,
  type CheckpointDescription,
} from '../checkpoint.ts';
import { CommandError, UsageError } from '../cli/failure.ts';
import { EventFile } from '../tensorboard/event-file.ts';
import type { Scalars } from '../tensorboard/event.ts';
import { counted } from '../cli/words.ts';
import { Metrics, type EpochRecord, type MetricsRecord } from './metrics.ts';
import { runFiles, takePlace, type RunFiles } from './run-folder.ts';
import { removeOthers, topEpochs, topFile } from './top-epochs.ts';

/** What a run trains, and what its checkpoints say of it; the position is the run's own. */
export interface RunOptions {
  /** Where it is to be. */
  readonly folder: string;
  /** Where it is kept now: beside a run whose place it takes with its first checkpoint, or in `folder`. */
  readonly files: RunFiles;
  readonly model: HSNet;
  readonly optimizer: Optimizer;
  readonly about: CheckpointDescription;
  /** How many of the best epochs' models are kept, beside the best one. */
  readonly top: number;
}

/** A training's state and where it is kept. */
export class Run {
  readonly model: HSNet;
  readonly optimizer: Optimizer;
  readonly metrics: Metrics;
  /** The number of the first episode not used yet. */
  nextEpisode: number;
  /** The step of the last checkpoint, if there is one. */
  savedStep: number | undefined;
  readonly #folder: string;
  #files: RunFiles;
  readonly #about: CheckpointDescription;
  readonly #top: number;
  readonly #events: EventFile;

  private constructor({ folder, files, model, optimizer, about, top }: RunOptions, metrics: Metrics) {
    this.#folder = folder;
    this.#files = files;
    this.model = model;
    this.optimizer = optimizer;
    this.metrics = metrics;
    this.nextEpisode = about.training.nextEpisode;
    this.#about = about;
    this.#top = top;
    this.#events = new EventFile(dirname(files.metrics), { firstStep: optimizer.stepsDone + 1 });
  }

  /** A run at its start. */
  static async start(options: RunOptions): Promise<Run> {
    return new Run(options, await Metrics.open(options.files.metrics, 0));
  }

  /**
   * A run as its last checkpoint left it: the model's and the optimiser's tensors, and the position in the sequence of
   * episodes.
   *
   * @throws UsageError where there is no checkpoint, and for other classes than the run began with; FormatError, ShapeError for one of another model
   */
  static async resume(options: RunOptions, engine: Engine): Promise<Run> {
    const { files, model, optimizer } = options;
    checkIsThere(files.last);
    const { about, ...state } = await readCheckpoint(files.last, { engine, optimizer: true });
    try {
      if (about === undefined) return notARun(files.last);
      checkClasses('training', about.training.classes, options.about.training.classes);
      checkClasses('validation', about.training.validationClasses, options.about.training.validationClasses);
      model.loadStateDict(state.model);
      await optimizer.loadStateDict(state.optimizer);
    } finally {
      freeState(state.model);
      freeState(state.optimizer);
    }
    const run = new Run({ ...options, about }, await Metrics.open(files.metrics, optimizer.stepsDone));
    run.savedStep = optimizer.stepsDone;
    run.removeOvertaken();
    return run;
  }

  get files(): RunFiles {
    return this.#files;
  }

  /** Steps of the optimiser so far. */
  get step(): number {
    return this.optimizer.stepsDone;
  }

  /** What its checkpoints say of it now. */
  get about(): CheckpointDescription {
    const { model, training } = this.#about;
    return { model, training: { ...training, step: this.step, nextEpisode: this.nextEpisode } };
  }

  /** Writes all that it takes to go on, bit for bit; with the first time it takes the place of a run that was there before. */
  async save(): Promise<void> {
    await this.metrics.sync();
    await saveCheckpoint(this.files.last, this);
    const files = runFiles(this.#folder);
    if (files.last !== this.files.last) {
      takePlace(this.#folder);
      this.#files = files;
      this.metrics.movedTo(files.metrics);
      this.#events.movedTo(this.#folder);
    }
    this.savedStep = this.step;
  }

  /** Writes the model as it is now as the best so far. */
  async saveBest(): Promise<void> {
    await saveCheckpoint(this.files.best, { model: this.model, about: this.about });
  }

  /** Writes the model as it is now if this epoch, which is about to be recorded, is among the best. */
  async saveTop(record: EpochRecord): Promise<void> {
    if (!topEpochs([...this.metrics.epochs, record], this.#top).includes(record.epoch)) return;
    mkdirSync(this.files.top, { recursive: true });
    await saveCheckpoint(topFile(this.files.top, record.epoch), { model: this.model, about: this.about });
  }

  /** Removes the models of epochs that are not among the best any more. */
  removeOvertaken(): void {
    removeOthers(this.files.top, topEpochs(this.metrics.epochs, this.#top));
  }

  /** Adds to the run's history, and to what TensorBoard shows of it. */
  async record(record: MetricsRecord, shown?: Scalars): Promise<void> {
    if (shown !== undefined) await this.#events.add(record.step, shown);
    await this.metrics.add(record);
  }
}

/**
 * What the run in a folder trains.
 *
 * @throws UsageError where there is no checkpoint; CommandError for one that is no run's
 */
export async function describeRun(folder: string): Promise<ModelDescription> {
  const { last } = runFiles(folder);
  checkIsThere(last);
  const { about } = await describeCheckpoint(last);
  return (about ?? notARun(last)).model;
}

function checkIsThere(last: string): void {
  if (!existsSync(last)) throw new UsageError(`there is nothing to resume: ${last} is not there`);
}

function notARun(last: string): never {
  throw new CommandError(`${last} is no checkpoint of a run: it does not say where the run was`);
}

/** The data may have moved, not changed: episodes would be others, and the checkpoint's lists of classes untrue. */
function checkClasses(use: string, before: readonly string[], now: readonly string[]): void {
  if (before.length === now.length && before.every((name, i) => name === now[i])) return;
  const gone = before.filter((name) => !now.includes(name));
  const fresh = now.filter((name) => !before.includes(name));
  const differences = [
    ...(gone.length > 0 ? [`missing: ${listed(gone)}`] : []),
    ...(fresh.length > 0 ? [`new: ${listed(fresh)}`] : []),
  ];
  const what = differences.length > 0 ? differences.join('; ') : 'their order is another';
  throw new UsageError(
    `the run has ${counted(before.length, 'class')} for ${use}, the data gives ${now.length} (${what}); a resumed run keeps its classes`,
  );
}
