import type { Json } from '@hypercorr/datasets';
import type { Engine } from '@hypercorr/tensor';
import { itemsAtOnce, mebibytes, stepMemory, type Phase, type PlannedTask, type Task } from '@hypercorr/train';
import { train, type FitLimits, type RunOrigin, type TrainingResult } from '@hypercorr/train/node';
import type { Context } from '../cli/command.ts';
import { inWords, type LeftOutSummary } from '../cli/left-out.ts';

/** A task with open data and checked settings. Only the model is missing, because it needs an engine. */
export interface PreparedTask<Item, Batch> {
  /** Builds the task with its starting weights. */
  build(engine: Engine): Promise<Task<Item, Batch>>;
  /** The same task on an engine that only plans, for an estimate of memory. */
  plan(engine: Engine): PlannedTask<Batch>;
  readonly phases: readonly [Phase, ...Phase[]];
  /** The number of batches that `collate` makes of the items computed at once. */
  readonly passes: number;
  /** A description of the training data, which checkpoints record. */
  readonly training: Json;
  /** Refuses to resume with other data; `training` has to be the same if absent. */
  readonly checkTraining?: (before: Json) => void;
  /** What was left out of the data. */
  readonly leftOut?: LeftOutSummary | undefined;
  /** Heads the report. */
  readonly title: string;
  /** Additional scalars for TensorBoard at each step. */
  scalars?(learningRate: number): Readonly<Record<string, number>>;
}

export interface TaskRun extends RunOrigin, FitLimits {
  readonly out: string;
  readonly resume: boolean;
  readonly batch: number;
  /** Items of a batch computed at once; by default as many as the planned memory allows. */
  readonly microBatch?: number | undefined;
  readonly stepsPerEpoch: number;
  readonly top: number;
  /** Additional rows for the report's table of settings. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

/** Decides how many items a step computes at once, and logs the memory that a step needs. */
export function planStep<Item, Batch>(
  prepared: PreparedTask<Item, Batch>,
  { batch, microBatch }: Pick<TaskRun, 'batch' | 'microBatch'>,
  { log, unit }: { readonly log: Context['log']; readonly unit: string },
): number {
  const step = {
    plan: (engine: Engine) => prepared.plan(engine),
    phase: prepared.phases[0],
    batch,
    passes: prepared.passes,
  };
  const atOnce = Math.min(microBatch ?? itemsAtOnce(step), batch);
  const parts = atOnce < batch ? `, ${atOnce} of its ${batch} ${unit}s at once` : '';
  log.say(
    `a step needs about ${mebibytes(stepMemory(step, atOnce))} for tensors${parts}; kernels and images come on top`,
  );
  return atOnce;
}

/** Trains a prepared task in its folder. The caller locks the folder. */
export async function trainPrepared<Item, Batch>(
  prepared: PreparedTask<Item, Batch>,
  run: TaskRun,
  engine: Engine,
  { log, interrupt }: Pick<Context, 'log' | 'interrupt'>,
): Promise<TrainingResult<Item, Batch>> {
  const task = await prepared.build(engine);
  const atOnce = planStep(prepared, run, { log, unit: task.training.unit ?? 'item' });
  const { command, configuration, resume, batch, stepsPerEpoch, top, fixed = {}, onNan, maxTime, earlyStop } = run;
  return train({
    task,
    engine,
    folder: run.out,
    command,
    configuration,
    resume,
    batch,
    atOnce,
    stepsPerEpoch,
    top,
    fixed: {
      ...fixed,
      ...(prepared.leftOut === undefined ? {} : { 'left out of the data': inWords(prepared.leftOut) }),
    },
    onNan,
    maxTime,
    earlyStop,
    training: prepared.training,
    ...(prepared.checkTraining && { checkTraining: prepared.checkTraining }),
    title: prepared.title,
    scalars: (learningRate) => prepared.scalars?.(learningRate) ?? {},
    log,
    stop: interrupt,
  });
}
