import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@hypercorr/datasets';
import { disposeState, type Optimizer } from '@hypercorr/nn';
import type { Engine } from '@hypercorr/tensor';
import type { CheckpointDescription, Position } from '../description.ts';
import { RunError, RunUsageError } from '../errors.ts';
import { EventFile } from '../events/event-file.ts';
import type { Scalars } from '../events/event.ts';
import type { Phase, Task } from '../task.ts';
import { optimizerOf } from '../trainer.ts';
import { describeCheckpoint, readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { History, type EpochRecord, type HistoryRecord } from './history.ts';
import { runFiles, type RunFiles } from './run-folder.ts';
import { removeOthers, topEpochs, topFile } from './top-epochs.ts';

export interface RunOptions<Item, Batch> {
  readonly folder: string;
  readonly task: Task<Item, Batch>;
  /** What the model learns from, in the task's own words: it stands in checkpoints. */
  readonly training: Json;
  /** How many of the best epochs' models are kept, beside the best one. */
  readonly top: number;
  /**
   * Refuses to resume with other data than the run began with: steps would not repeat, and the description would be untrue.
   * If absent, `training` has to equal what the checkpoint says.
   *
   * @param before what the checkpoint says; `training` is what holds now
   */
  readonly checkTraining?: ((before: Json) => void) | undefined;
}

/** A training's state, and the files that keep it. */
export class Run<Item, Batch> {
  readonly files: RunFiles;
  readonly history: History;
  readonly task: Task<Item, Batch>;
  /** The number of the first item that is not used yet. */
  nextItem: number;
  /** The step of the last checkpoint, if there is one. */
  savedStep: number | undefined;
  readonly #training: Json;
  readonly #top: number;
  readonly #events: EventFile;
  #phase: number;
  #optimizer: Optimizer;

  private constructor(
    { folder, task, training, top }: RunOptions<Item, Batch>,
    history: History,
    { optimizer, position }: { readonly optimizer: Optimizer; readonly position: Position },
  ) {
    this.files = runFiles(folder);
    this.task = task;
    this.history = history;
    this.nextItem = position.nextItem;
    this.#training = training;
    this.#top = top;
    this.#phase = position.phase;
    this.#optimizer = optimizer;
    this.#events = new EventFile(dirname(this.files.history), { firstStep: position.step + 1 });
  }

  /** Begins a run at its first step. */
  static async start<Item, Batch>(options: RunOptions<Item, Batch>): Promise<Run<Item, Batch>> {
    const optimizer = optimizerOf(options.task, phaseAt(options.task, 0));
    const history = await History.open(runFiles(options.folder).history, 0);
    return new Run(options, history, { optimizer, position: { step: 0, nextItem: 0, phase: 0 } });
  }

  /**
   * Goes on with a run where its last checkpoint left it.
   *
   * @throws RunUsageError where there is no checkpoint, or one of another task; what `checkTraining` throws; FormatError
   * and ShapeError for a checkpoint of another model
   */
  static async resume<Item, Batch>(options: RunOptions<Item, Batch>, engine: Engine): Promise<Run<Item, Batch>> {
    const { folder, task, checkTraining } = options;
    const { last, history: path } = runFiles(folder);
    checkIsThere(last);
    const { about, ...state } = await readCheckpoint(last, { engine, optimizer: true });
    try {
      const { task: kind, model, training, position } = about ?? notARun(last);
      if (kind !== task.kind)
        throw new RunUsageError(`${last} is a checkpoint of ${kind} training; this is ${task.kind} training`);
      if (!isDeepStrictEqual(model, task.describe()))
        throw new RunUsageError(
          `${last} holds another model: ${JSON.stringify(model)}; this is ${JSON.stringify(task.describe())}`,
        );
      if (checkTraining !== undefined) checkTraining(training);
      else if (!isDeepStrictEqual(training, options.training))
        throw new RunUsageError(
          `the run was trained on ${JSON.stringify(training)}, and this is ${JSON.stringify(options.training)}: resume it with the same`,
        );
      task.model.loadStateDict(state.model);
      const optimizer = optimizerOf(task, phaseAt(task, position.phase));
      await optimizer.loadStateDict(state.optimizer);
      const run = new Run({ ...options, training }, await History.open(path, position.step), { optimizer, position });
      run.savedStep = position.step;
      run.removeOvertaken();
      return run;
    } finally {
      disposeState(state.model);
      disposeState(state.optimizer);
    }
  }

  get optimizer(): Optimizer {
    return this.#optimizer;
  }

  get phase(): Phase {
    return phaseAt(this.task, this.#phase);
  }

  /** Steps so far, in all phases. */
  get step(): number {
    return this.#phaseStart + this.#optimizer.stepsDone;
  }

  /** Goes on to the next phase if this one is over. @returns whether there was one */
  enterNextPhase(): boolean {
    const next = this.task.phases[this.#phase + 1];
    if (next === undefined || this.#optimizer.stepsDone < this.phase.steps) return false;
    this.#optimizer.dispose();
    this.#phase += 1;
    this.#optimizer = optimizerOf(this.task, next);
    return true;
  }

  /** What a checkpoint would say now. */
  get about(): CheckpointDescription {
    const { step, nextItem, task } = this;
    return {
      task: task.kind,
      model: task.describe(),
      training: this.#training,
      position: { step, nextItem, phase: this.#phase },
    };
  }

  /** Writes all that it takes to go on, bit for bit. */
  async save(): Promise<void> {
    await this.history.sync();
    await saveCheckpoint(this.files.last, { model: this.task.model, optimizer: this.#optimizer, about: this.about });
    this.savedStep = this.step;
  }

  /** Writes the model as it is now as the best so far. */
  async saveBest(): Promise<void> {
    await saveCheckpoint(this.files.best, { model: this.task.model, about: this.about });
  }

  /** Writes the model as it is now if this epoch, which is about to be recorded, is among the best. */
  async saveTop(record: EpochRecord): Promise<void> {
    if (!this.#topOf([...this.history.epochs, record]).includes(record.epoch)) return;
    mkdirSync(this.files.top, { recursive: true });
    await saveCheckpoint(topFile(this.files.top, record.epoch), { model: this.task.model, about: this.about });
  }

  /** Removes the models of epochs that are not among the best any more. */
  removeOvertaken(): void {
    removeOthers(this.files.top, this.#topOf(this.history.epochs));
  }

  /** Adds to the run's history, and to what TensorBoard shows of it. */
  async record(record: HistoryRecord, shown?: Scalars): Promise<void> {
    if (shown !== undefined) await this.#events.add(record.step, shown);
    await this.history.add(record);
  }

  /** Frees the optimiser. The model is the caller's. */
  dispose(): void {
    this.#optimizer.dispose();
  }

  get #phaseStart(): number {
    return this.task.phases.slice(0, this.#phase).reduce((sum, { steps }) => sum + steps, 0);
  }

  #topOf(epochs: readonly EpochRecord[]): readonly number[] {
    return topEpochs(epochs, this.#top, this.task.validation?.best);
  }
}

/**
 * What the last checkpoint of the run in a folder says of itself.
 *
 * @throws RunUsageError where there is no checkpoint; RunError for one that is not of a run
 */
export async function describeRun(folder: string): Promise<CheckpointDescription> {
  const { last } = runFiles(folder);
  checkIsThere(last);
  const { about } = await describeCheckpoint(last);
  return about ?? notARun(last);
}

function phaseAt<Item, Batch>({ phases }: Task<Item, Batch>, index: number): Phase {
  const phase = phases[index];
  if (phase === undefined)
    throw new RangeError(`[train] the task has ${phases.length} phases; there is none number ${index + 1}`);
  return phase;
}

function checkIsThere(last: string): void {
  if (!existsSync(last)) throw new RunUsageError(`there is nothing to resume: ${last} does not exist`);
}

function notARun(last: string): never {
  throw new RunError(`${last} is no checkpoint of a run: it does not say where the run was`);
}
