import { checkOptions } from '@hypercorr/tensor/op';
import { Prefetcher, type ItemFault } from '@hypercorr/datasets/node';
import type { Json } from '@hypercorr/datasets';
import type { Engine } from '@hypercorr/tensor';
import { DivergedError, RunError, RunUsageError } from '../errors.ts';
import { writeRunReport } from '../report/run-report.ts';
import { removeHalfWritten, createRun, runFiles, writeConfiguration, type RunOrigin } from '../run/run-folder.ts';
import { Run } from '../run/run.ts';
import type { Meter, Task } from '../task.ts';
import { neverStop, silent, type Log, type StopRequest } from '../watch.ts';
import { counted } from '../words.ts';
import { fit, nanPolicies, type Ended, type FitLimits, type FitOptions } from './fit.ts';

/** A training in a folder. Its settings are kept beside it, for resuming. */
export interface TrainingOptions<Item, Batch> extends RunOrigin, FitLimits {
  readonly task: Task<Item, Batch>;
  readonly engine: Engine;
  /** Where the run is kept. The caller locks it (`RunLock`) if another program could use it too. */
  readonly folder: string;
  /** Whether to go on with the run in the folder. */
  readonly resume: boolean;
  /** What the model learns from, in the task's own words: it stands in checkpoints. */
  readonly training: Json;
  /** Refuses to resume with other data; see `RunOptions.checkTraining`. */
  readonly checkTraining?: (before: Json) => void;
  /** Items a step. */
  readonly batch: number;
  /** Items computed at once; all of a batch if absent. A step adds up the gradients of several such parts. */
  readonly atOnce?: number | undefined;
  readonly stepsPerEpoch: number;
  /** Threads that read items, beside this one. 1 if absent; 0 reads in this thread. */
  readonly workers?: number;
  /** How many of the best epochs' models are kept, beside the best one. 0 if absent. */
  readonly top?: number;
  /** Heads the report. */
  readonly title: string;
  /** More rows for the report's table of settings. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly scalars?: FitOptions<Item, Batch>['scalars'];
  /** Nobody is told if absent. */
  readonly log?: Log;
  /** Nobody stops it if absent. */
  readonly stop?: StopRequest;
}

export interface TrainingResult<Item, Batch> {
  /** Dispose of it: it keeps the optimiser. The model stays the caller's. */
  readonly run: Run<Item, Batch>;
  readonly ended: Ended;
  /** False when it can be resumed. The run is saved then. */
  readonly finished: boolean;
  /** Items left out of the training in this session, because their files are faulty. */
  readonly skipped: number;
  /** The last epoch's validation, if it was in this session. */
  readonly scored: Scored<Item> | undefined;
  /** Files of the validation's pictures. */
  readonly pictures: readonly string[];
}

/** A finished validation. */
export interface Scored<Item> {
  readonly meter: Meter<Item>;
  /** Items that were scored. */
  readonly items: number;
  /** Items left out because their files are faulty. */
  readonly skipped: number;
}

const trainingOptionNames = {
  task: true,
  engine: true,
  folder: true,
  resume: true,
  command: true,
  configuration: true,
  training: true,
  checkTraining: true,
  batch: true,
  atOnce: true,
  stepsPerEpoch: true,
  workers: true,
  top: true,
  title: true,
  fixed: true,
  scalars: true,
  onNan: true,
  maxTime: true,
  earlyStop: true,
  log: true,
  stop: true,
};

/** @throws OptionError for one that does not exist; RunUsageError that names the option */
function checkTrainingOptions<Item, Batch>(options: TrainingOptions<Item, Batch>): void {
  checkOptions('train', options, trainingOptionNames);
  const { task, batch, atOnce = batch, stepsPerEpoch, top = 0, onNan, maxTime = 1, earlyStop = 1 } = options;
  const whole = {
    batch,
    atOnce,
    stepsPerEpoch,
    earlyStop,
    ...Object.fromEntries(task.phases.map(({ name, steps }) => [`steps of phase ${name}`, steps])),
  };
  for (const [name, value] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RunUsageError(`${name} must be a whole number from 1; got ${value}`);
  if (!Number.isSafeInteger(top) || top < 0) throw new RunUsageError(`top must be a whole number from 0; got ${top}`);
  if (!(maxTime > 0)) throw new RunUsageError(`maxTime must be a positive number of seconds; got ${maxTime}`);
  if (!nanPolicies.includes(onNan))
    throw new RunUsageError(`onNan must be one of ${nanPolicies.join(', ')}; got ${onNan}`);
  if (task.phases.length === 0) throw new RunUsageError('the task has no phase: it needs at least one');
  const length = task.validation?.source.length;
  if (task.validation !== undefined && !(Number.isSafeInteger(length) && Number(length) > 0))
    throw new RunUsageError(`the source of a validation needs a length from 1; got ${length}`);
}

/** Items that are read before their use, at most: of a very large batch not all fit in memory twice. */
const mostAhead = 64;

/**
 * Trains a task until its last step, a limit, or a request to stop. After every epoch the folder holds the checkpoints,
 * the history and the report. A run that stopped early resumes bit for bit.
 *
 * @throws OptionError for an option that does not exist; RunUsageError, RunError for a folder that cannot be used; RunError for a loss that is not finite; FormatError for
 * data that is all faulty
 *
 * @example
 * const { run } = await train({
 *   task, engine, folder: 'runs/first', resume: false,
 *   command: 'mine', configuration: {}, training: null,
 *   batch: 4, stepsPerEpoch: 100, onNan: 'stop', title: 'My first run',
 * });
 */
export async function train<Item, Batch>(options: TrainingOptions<Item, Batch>): Promise<TrainingResult<Item, Batch>> {
  checkTrainingOptions(options);
  const { task, engine, folder, batch, atOnce = batch, workers = 1, log = silent, stop = neverStop } = options;
  const run = await openRun(options);
  if (options.resume) log.say(`resumes at step ${run.step}`);
  stop.onAbort(() => removeHalfWritten(folder));
  const items = new Prefetcher(task.training, {
    start: run.nextItem,
    ahead: Math.min(2 * batch, mostAhead),
    workers,
    onFault: tellFaults(task, log),
  });

  let scored: Scored<Item> | undefined;
  let pictures: readonly string[] = [];
  const validate = async (): Promise<Meter<Item> | undefined> => {
    const found = await score(task, { log, stop, workers });
    scored = found;
    return found?.meter;
  };
  stop.finishWith('the current step is finished and the run saved');
  const ended = await fit({
    ...options,
    run,
    items,
    atOnce,
    log,
    stop,
    validate: task.validation === undefined ? undefined : validate,
    async onEpoch(_, record) {
      pictures = await writeRunReport(run, {
        title: options.title,
        scored,
        epochs: [...run.history.epochs, record],
        trainingSkipped: items.skipped,
        configuration: { ...options.configuration, ...options.fixed },
        engine,
      });
    },
  })
    .catch((error: unknown) => {
      log.warn(whatIsLeft(run, error));
      throw error;
    })
    .finally(() => items.close());
  const unit = task.training.unit ?? 'item';
  if (items.skipped > 0) log.warn(`left out because of faulty files: ${counted(items.skipped, `training ${unit}`)}`);
  return {
    run,
    ended,
    finished: ended === 'epochs' || ended === 'early-stop',
    skipped: items.skipped,
    scored: run.history.epochs.at(-1)?.step === run.step ? scored : undefined,
    pictures,
  };
}

/** What a scoring is told, besides its task. */
export interface ScoreOptions {
  /** Nobody is told if absent. */
  readonly log?: Log;
  /** Nobody stops it if absent. */
  readonly stop?: Pick<StopRequest, 'requested'>;
  /** Scores only the items before this one. */
  readonly end?: number;
  /** Threads that read items, beside this one. 1 if absent; 0 reads in this thread. */
  readonly workers?: number;
}

/**
 * Scores a task's model on its validation items.
 *
 * @returns undefined when somebody interrupted it
 * @throws RunError when there was nothing to score
 */
export async function score<Item, Batch>(
  task: Task<Item, Batch>,
  options: ScoreOptions = {},
): Promise<Scored<Item> | undefined> {
  checkOptions('score', options, { log: true, stop: true, workers: true, end: true });
  const { log = silent, stop = neverStop, workers = 1, end = Infinity } = options;
  const { validation, model } = task;
  if (validation === undefined) throw new RangeError('[score] the task has no validation');
  const { source, name } = validation;
  const unit = source.unit ?? 'item';
  const length = Math.min(end, source.length);
  const progress = log.progress(length, { unit: `${name} ${unit}` });
  const meter = validation.meter();
  const items = new Prefetcher(source, { end: length, workers, onFault: tellFaults(task, log) });
  model.eval();
  let done = 0;
  try {
    for await (const { item } of items) {
      if (stop.requested) return undefined;
      await meter.add(item);
      done += 1;
      progress.update(done);
    }
  } finally {
    await items.close();
  }
  if (done === 0) throw new RunError(`no ${unit} could be scored: the files of all of them are faulty`);
  return { meter, items: done, skipped: items.skipped };
}

/** Warns of items that are left out, in the task's words if it has any. */
export function tellFaults<Item, Batch>(
  { describeFault }: Pick<Task<Item, Batch>, 'describeFault'>,
  log: Log,
): (fault: ItemFault) => void {
  const inGeneral = ({ index, error }: ItemFault): string => `item ${index} is left out: ${error.message}`;
  return (fault) => log.warn((describeFault ?? inGeneral)(fault));
}

/** What a training that failed can be resumed from. */
function whatIsLeft<Item, Batch>(run: Run<Item, Batch>, error: unknown): string {
  const { savedStep, step, files, history } = run;
  if (!(error instanceof DivergedError))
    return savedStep === undefined
      ? 'the run has no checkpoint yet'
      : `the last good checkpoint is of step ${savedStep}: ${files.last}; resume the run to go on from there`;
  const best = history.epochs.findLast((record) => record.best);
  const before = best === undefined ? '' : ` from ${files.best}, of epoch ${best.epoch},`;
  return `the training has diverged after step ${step}: a new run${before} with a lower learning rate may not diverge`;
}

async function openRun<Item, Batch>(options: TrainingOptions<Item, Batch>): Promise<Run<Item, Batch>> {
  const { task, folder, resume, training, checkTraining, top = 0, engine } = options;
  const start = { folder, task, training, top, checkTraining };
  if (!resume) createRun(folder, options);
  removeHalfWritten(folder);
  if (!resume) return Run.start(start);
  const run = await Run.resume(start, engine);
  // More epochs and another place of the data hold for the next time, too.
  writeConfiguration(runFiles(folder), options);
  return run;
}
