import type { Dataset, EpisodePlan } from '@hypercorr/datasets';
import { Adam } from '@hypercorr/nn';
import { fold, key, type Engine } from '@hypercorr/tensor';
import { addEpisode, Baselines } from '../baselines/index.ts';
import type { ModelDescription } from '../checkpoint.ts';
import type { Context } from '../command.ts';
import { evaluate, type Evaluation } from '../evaluation.ts';
import { emptyModel, newModel, type ModelSettings } from '../model.ts';
import type { ContactRow } from '../pictures/index.ts';
import { baselineFigures, type BaselineFigures } from '../report/baseline-figures.ts';
import { Examples } from '../report/examples.ts';
import { writeRunReport } from '../report/run-report.ts';
import { fit } from './fit.ts';
import { episodesAtOnce } from './memory.ts';
import { createRun, removeHalfWritten, runFiles, writeConfiguration, type RunOrigin } from './run-folder.ts';
import { Run } from './run.ts';
import { scheduleFor, type ScheduleSettings } from './schedule.ts';
import { Trainer } from './trainer.ts';

/** Everything about a training but the machine. Its configuration is what the run keeps of its settings. */
export interface Session extends RunOrigin {
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
  readonly train: Dataset;
  readonly shots: number;
  readonly batch: number;
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
  /** False when it was interrupted; the run is saved then. */
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
 * Trains until the last epoch is over or somebody interrupts. After every epoch the run has its checkpoints, its history
 * and its report.
 *
 * @throws UsageError, CommandError for a run folder or weights that cannot be used; CommandError for a loss that is not finite
 */
export async function train(session: Session, engine: Engine, { log, interrupt }: Pick<Context, 'log' | 'interrupt'>): Promise<SessionResult> {
  const { out, description, shots, batch, seed, scoring, configuration, epochs, stepsPerEpoch, foregroundWeight } = session;
  const schedule = scheduleFor(session.schedule, epochs * stepsPerEpoch);
  const { size } = description;
  const onFault = (message: string): void => log.warn(message);
  const run = await openRun(session, engine);
  if (session.resume) log.say(`resumes at step ${run.step}`);
  interrupt.onAbort(() => removeHalfWritten(out));

  const { model, optimizer, nextEpisode: firstEpisode } = run;
  const atOnce = episodesAtOnce(description, batch);
  if (atOnce < batch) log.say(`${atOnce} of the ${batch} episodes of a step are computed at once, so that memory suffices`);
  const trainer = new Trainer({
    ...{ model, optimizer, dataset: session.train, size, shots, batch, atOnce, schedule, foregroundWeight, seed, firstEpisode, onFault },
  });

  async function validate(): Promise<Scored | undefined> {
    const examples = new Examples();
    const baselines = new Baselines();
    const progress = log.progress(scoring.plans.length, { unit: `${scoring.part} episode` });
    const evaluation = await evaluate({
      ...{ model, plans: scoring.plans, size, onFault, stop: () => interrupt.requested },
      async onEpisode(scored, done) {
        examples.add(scored);
        if (scoring.baselines) await addEpisode(baselines, scored.episode, model);
        progress.update(done);
      },
    });
    return evaluation && { ...evaluation, examples: examples.rows, baselines: scoring.baselines ? baselineFigures(baselines) : [] };
  }

  let scored: Scored | undefined;
  let overlays: readonly string[] = [];
  interrupt.finishWith('the current step is finished and the run saved');
  const finished = await fit({
    ...{ run, trainer, epochs, stepsPerEpoch, log, interrupt, part: scoring.part, validate },
    async onEpoch(validation, record) {
      scored = validation;
      const title = `Training on ${session.train.classes.length} classes of ${session.benchmark} data`;
      overlays = await writeRunReport(run, {
        ...{ ...scoring, ...validation, title, engine, trainingSkipped: trainer.skipped },
        epochs: [...run.metrics.epochs, record],
        configuration: { ...configuration, ...session.fixed },
      });
    },
  }).finally(() => trainer.close());
  if (trainer.skipped > 0) log.warn(`${trainer.skipped} training episodes were left out because of faulty files`);
  return { run, finished, skipped: trainer.skipped, scored, overlays };
}

async function openRun(session: Session, engine: Engine): Promise<Run> {
  removeHalfWritten(session.out);
  const { out, resume, replace, description, benchmark, shots, seed, scoring } = session;
  const first = { engine, key: fold(key(seed), modelStream) };
  // A checkpoint holds all weights: a run goes on without the files that it began with.
  const model = resume ? emptyModel(description, engine) : await newModel(session.model, description, first);
  const optimizer = new Adam(model.trainableParameters(), { learningRate: session.schedule.learningRate });
  const files = resume ? runFiles(out) : await createRun(out, session, { replace });
  const namesOf = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);
  const training = {
    ...{ benchmark, shots, seed, step: 0, nextEpisode: 0 },
    classes: namesOf(session.train),
    validationClasses: scoring.selects ? namesOf(scoring.dataset) : [],
  };
  const start = { files, model, optimizer, about: { model: description, training } };
  if (!resume) return Run.start(start);
  const run = await Run.resume(start, engine);
  // More epochs and another place of the data hold for the next resumption, too.
  writeConfiguration(files, session);
  return run;
}
