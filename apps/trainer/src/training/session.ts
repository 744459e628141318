import { augmentEpisode, type Augmentation, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { Adam, type Schedule } from '@hypercorr/nn';
import { fold, key, type Engine } from '@hypercorr/tensor';
import {
  Baselines,
  DamagedWeightsError,
  emptyModel,
  type ModelDescription,
  type TrainingDescription,
} from '@hypercorr/hsnet';
import type { Context } from '../cli/command.ts';
import { evaluate, type Evaluation } from '../evaluation.ts';
import { newModel, type ModelSettings } from '../model.ts';
import type { ContactRow } from '../pictures/index.ts';
import { baselineFigures, type BaselineFigures } from '../report/baseline-figures.ts';
import { Examples } from '../report/examples.ts';
import { writeRunReport } from '../report/run-report.ts';
import { mebibytes } from '../cli/text-table.ts';
import { counted } from '../cli/words.ts';
import { fit, type Ended, type FitLimits } from './fit.ts';
import { episodesAtOnce, stepMemory } from './memory.ts';
import { createRun, removeHalfWritten, runFiles, takePlace, writeConfiguration, type RunOrigin } from './run-folder.ts';
import { Run } from './run.ts';
import { backboneFactor, scheduleFor, type ScheduleSettings } from './schedule.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

/** Everything about a training but the machine. Its configuration is what the run keeps of its settings. */
export interface Session extends RunOrigin, FitLimits {
  readonly out: string;
  /** Whether it goes on with the run in `out`. */
  readonly resume: boolean;
  /** Whether another run in `out` may be removed. */
  readonly replace: boolean;
  /** What the report names besides: settings that are no options. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly model: ModelSettings;
  readonly description: ModelDescription;
  readonly benchmark: string;
  /** Of data with folds: which one, and what became of images of its classes. */
  readonly origin?: Pick<TrainingDescription, 'fold' | 'novelImages'>;
  readonly train: Dataset;
  readonly shots: number;
  readonly batch: number;
  /** Episodes of a batch computed at once, their gradients summed; as many as memory is planned for when absent. */
  readonly microBatch?: number | undefined;
  /** Whether the backbone is trained, too. */
  readonly trainBackbone: boolean;
  /** What is done to the pictures that are trained on. */
  readonly augment: readonly Augmentation[];
  /** How many of the best epochs' models are kept, beside the best one. */
  readonly top: number;
  readonly schedule: ScheduleSettings;
  readonly foregroundWeight: number;
  readonly seed: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly scoring: Scoring;
}

/** What is scored after every epoch. */
export interface Scoring {
  /** What its classes are for: "validation", "held-out". */
  readonly part: string;
  readonly dataset: Dataset;
  readonly plans: readonly EpisodePlan[];
  /** How it is scored, in words. */
  readonly protocol: string;
  /** Whether the best epoch is chosen by it, so that its classes are no longer unseen. */
  readonly selects: boolean;
  /** Whether segmentations without learning are scored on the same episodes. */
  readonly baselines: boolean;
}

/** The score after an epoch, and what there is to look at. */
export interface Scored extends Evaluation {
  readonly baselines: readonly BaselineFigures[];
  readonly examples: readonly ContactRow[];
}

export interface SessionResult {
  readonly run: Run;
  readonly ended: Ended;
  /** False when it can be resumed; the run is saved then. */
  readonly finished: boolean;
  /** Training episodes left out in this session, because files of theirs are faulty. */
  readonly skipped: number;
  /** The score after the last epoch, if that was in this session. */
  readonly scored: Scored | undefined;
  /** Pictures of its examples. */
  readonly overlays: readonly string[];
}

/** The learner's first weights draw from this child of the seed; the samplers of episodes have others. */
const modelStream = 0;

/**
 * Trains until the last epoch is over, a limit is reached or somebody interrupts. After every epoch the run has its
 * checkpoints, its history and its report. Its folder is to be locked (`RunLock`).
 *
 * @throws UsageError, CommandError for a run folder or weights that cannot be used; CommandError for a loss that is not finite
 */
export async function train(
  session: Session,
  engine: Engine,
  { log, interrupt }: Pick<Context, 'log' | 'interrupt'>,
): Promise<SessionResult> {
  const { out, description, scoring, configuration, epochs, stepsPerEpoch, earlyStop, maxTime, onNan } = session;
  const { size } = description;
  const onFault = (message: string): void => log.warn(message);
  const schedule = scheduleOf(session);
  const run = await openRun(session, engine);
  if (session.resume) log.say(`resumes at step ${run.step}`);
  interrupt.onAbort(() => {
    removeHalfWritten(out);
    takePlace(out);
  });
  const { model } = run;
  const trainer = trainerOf(session, { model, optimizer: run.optimizer, schedule, firstEpisode: run.nextEpisode }, log);

  async function validate(): Promise<Scored | undefined> {
    const examples = new Examples();
    const baselines = new Baselines();
    const progress = log.progress(scoring.plans.length, { unit: `${scoring.part} episode` });
    const evaluation = await evaluate({
      model,
      weights: `this run's, after step ${run.step}`,
      plans: scoring.plans,
      root: scoring.dataset.root,
      size,
      onFault,
      stop: () => interrupt.requested,
      async onEpisode(scored, done) {
        examples.add(scored);
        if (scoring.baselines) await baselines.addEpisode(scored.episode, model);
        progress.update(done);
      },
    });
    if (!evaluation.finished) return undefined;
    return { ...evaluation, examples: examples.rows, baselines: scoring.baselines ? baselineFigures(baselines) : [] };
  }

  let scored: Scored | undefined;
  let overlays: readonly string[] = [];
  interrupt.finishWith('the current step is finished and the run saved');
  const ended = await fit({
    run,
    trainer,
    epochs,
    stepsPerEpoch,
    earlyStop,
    maxTime,
    onNan,
    log,
    interrupt,
    part: scoring.part,
    validate,
    backboneFactor: session.trainBackbone ? backboneFactor(session.schedule) : undefined,
    async onEpoch(validation, record) {
      scored = validation;
      const title = `Training on ${counted(session.train.classes.length, 'class')} of ${session.benchmark} data`;
      overlays = await writeRunReport(run, {
        ...scoring,
        ...validation,
        title,
        engine,
        trainingSkipped: trainer.skipped,
        epochs: [...run.metrics.epochs, record],
        configuration: { ...configuration, ...session.fixed },
      });
    },
  })
    .catch((error: unknown) => {
      log.warn(whatIsLeft(run, error));
      throw error;
    })
    .finally(() => trainer.close());
  if (trainer.skipped > 0)
    log.warn(`left out because of faulty files: ${counted(trainer.skipped, 'training episode')}`);
  return {
    run,
    ended,
    finished: ended === 'epochs' || ended === 'early-stop',
    skipped: trainer.skipped,
    scored,
    overlays,
  };
}

/** What a training that failed can be gone on with. */
function whatIsLeft({ savedStep, files, metrics }: Run, error: unknown): string {
  if (savedStep === undefined) return 'the run has no checkpoint yet';
  if (!(error instanceof DamagedWeightsError))
    return `the last good checkpoint is of step ${savedStep}: ${files.last}; --resume goes on from there`;
  const best = metrics.epochs.findLast((record) => record.best);
  const before = best === undefined ? '' : ` from ${files.best}, of epoch ${best.epoch} (--weights)`;
  return `the training has diverged: a new run${before} with a lower --lr may not`;
}

/** @throws UsageError for settings that do not fit together: before anything is written */
export function scheduleOf({ schedule, epochs, stepsPerEpoch }: Session): Schedule {
  return scheduleFor(schedule, epochs * stepsPerEpoch);
}

/** What takes a session's steps from where it is, after an estimate of the memory that it needs. */
export function trainerOf(
  session: Session,
  start: Pick<TrainerOptions, 'model' | 'optimizer' | 'schedule' | 'firstEpisode'>,
  log: Context['log'],
): Trainer {
  const {
    train: dataset,
    description,
    shots,
    batch,
    microBatch,
    trainBackbone,
    foregroundWeight,
    seed,
    augment,
  } = session;
  const step = { model: description, trainBackbone, batch, shots };
  const atOnce = Math.min(microBatch ?? episodesAtOnce(step), batch);
  const parts = atOnce < batch ? `, ${atOnce} of its ${batch} episodes at once` : '';
  log.say(
    `a step needs about ${mebibytes(stepMemory({ ...step, atOnce }))} for tensors${parts}; kernels and images come on top`,
  );
  return new Trainer({
    ...start,
    dataset,
    size: description.size,
    shots,
    batch,
    atOnce,
    foregroundWeight,
    seed,
    augment: augment.length === 0 ? undefined : (episode) => augmentEpisode(episode, { seed, augment }),
    onFault: (message) => log.warn(message),
  });
}

/** The model that a session trains, and its optimiser, before any of a run's state is loaded. */
export async function startOf(
  { resume, description, seed, trainBackbone, model: settings, schedule }: Session,
  engine: Engine,
) {
  const first = { engine, trainBackbone, key: fold(key(seed), modelStream) };
  // A checkpoint holds all weights: a run goes on without the files that it began with.
  const model = resume ? emptyModel(description, first) : await newModel(settings, description, first);
  const learningRateFactor = (parameter: string): number =>
    parameter.startsWith('backbone.') ? backboneFactor(schedule) : 1;
  return {
    model,
    optimizer: new Adam(model.trainableParameters(), { learningRate: schedule.learningRate, learningRateFactor }),
  };
}

async function openRun(session: Session, engine: Engine): Promise<Run> {
  const { out, resume, replace, description, benchmark, shots, seed, scoring, top } = session;
  if (resume) takePlace(out);
  const { model, optimizer } = await startOf(session, engine);
  const files = resume ? runFiles(out) : createRun(out, session, { replace });
  // Not before: in a folder that is refused there may be files of another's.
  removeHalfWritten(out);
  const namesOf = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);
  const training = {
    benchmark,
    shots,
    seed,
    step: 0,
    nextEpisode: 0,
    ...session.origin,
    classes: namesOf(session.train),
    validationClasses: scoring.selects ? namesOf(scoring.dataset) : [],
  };
  const start = { folder: out, files, model, optimizer, about: { model: description, training }, top };
  if (!resume) return Run.start(start);
  const run = await Run.resume(start, engine);
  // More epochs and another place of the data hold for the next resumption, too.
  writeConfiguration(files, session);
  return run;
}
