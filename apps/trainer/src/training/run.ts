import { existsSync } from 'node:fs';
import type { HSNet } from '@hypercorr/hsnet';
import type { Optimizer } from '@hypercorr/nn';
import type { Engine } from '@hypercorr/tensor';
import { freeState, readCheckpoint, saveCheckpoint, type CheckpointDescription } from '../checkpoint.ts';
import { CommandError, UsageError } from '../failure.ts';
import { Metrics } from './metrics.ts';
import type { RunFiles } from './run-folder.ts';

/** What a run trains, and what its checkpoints say of it; the position is the run's own. */
export interface RunOptions {
  readonly files: RunFiles;
  readonly model: HSNet;
  readonly optimizer: Optimizer;
  readonly about: CheckpointDescription;
}

/** A training's state and where it is kept. */
export class Run {
  readonly files: RunFiles;
  readonly model: HSNet;
  readonly optimizer: Optimizer;
  readonly metrics: Metrics;
  /** The number of the first episode not used yet. */
  nextEpisode: number;
  readonly #about: CheckpointDescription;

  private constructor({ files, model, optimizer, about }: RunOptions, metrics: Metrics) {
    this.files = files;
    this.model = model;
    this.optimizer = optimizer;
    this.metrics = metrics;
    this.nextEpisode = about.training.nextEpisode;
    this.#about = about;
  }

  /** A run at its start. */
  static async start(options: RunOptions): Promise<Run> {
    return new Run(options, await Metrics.open(options.files.metrics, 0));
  }

  /**
   * A run as its last checkpoint left it: the model's and the optimiser's tensors, and the position in the sequence of
   * episodes.
   *
   * @throws UsageError where there is no checkpoint; FormatError, ShapeError for one of another model
   */
  static async resume(options: RunOptions, engine: Engine): Promise<Run> {
    const { files, model, optimizer } = options;
    if (!existsSync(files.last)) throw new UsageError(`there is nothing to resume: ${files.last} is not there`);
    const { about, ...state } = await readCheckpoint(files.last, { engine, optimizer: true });
    try {
      if (about === undefined) throw new CommandError(`${files.last} is no checkpoint of a run: it does not say where the run was`);
      model.loadStateDict(state.model);
      await optimizer.loadStateDict(state.optimizer);
    } finally {
      freeState(state.model);
      freeState(state.optimizer);
    }
    return new Run({ ...options, about }, await Metrics.open(files.metrics, optimizer.stepsDone));
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

  /** Writes all that it takes to go on, bit for bit. */
  async save(): Promise<void> {
    await saveCheckpoint(this.files.last, this);
  }

  /** Writes the model as it is now as the best so far. */
  async saveBest(): Promise<void> {
    await saveCheckpoint(this.files.best, { model: this.model, about: this.about });
  }
}
