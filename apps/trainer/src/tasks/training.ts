import { counted, duration, mebibytes, type Log } from '@hypercorr/train';
import {
  RunLock,
  checkNewRun,
  checkUnlocked,
  hasCheckpoint,
  rehearse,
  type EpochRecord,
  type Rehearsal,
  type RunOrigin,
} from '@hypercorr/train/node';
import type { Context, Outcome } from '../cli/command.ts';
import { UsageError, exitCodes } from '../cli/failure.ts';
import { configurationOf, required, withDefault, type OptionTable, type Settings } from '../cli/option.ts';
import { computing, output, own, seed } from '../cli/options.ts';
import { checkUnchanged, rememberedSettings } from '../cli/remembered-run.ts';
import { planStep, trainPrepared, type PreparedTask } from './prepared-task.ts';

/** Options of every training. */
export const trainingOptions = {
  ...output,
  ...computing,
  seed,
  batch: withDefault(own.batch, 20),
  microBatch: own.microBatch,
  epochs: withDefault(own.epochs, 100),
  episodes: withDefault({ ...own.episodes, about: 'training episodes in each epoch' }, 1000),
  topK: own.topK,
  earlyStop: own.earlyStop,
  maxTime: own.maxTime,
  onNan: own.onNan,
  dryRun: own.dryRun,
  out: required(own.out),
  resume: own.resume,
} as const;

export type TrainingSettings = Settings<typeof trainingOptions>;

/** Options about the call of the command and not about the run. */
const notKept: readonly string[] = ['json', 'quiet', 'resume', 'dryRun'];

/** The settings that a run keeps, by the options' names. */
export function keptSettings<Table extends OptionTable>(
  options: Table,
  settings: Settings<Table>,
): RunOrigin['configuration'] {
  const names: readonly (keyof Table)[] = Object.keys(options);
  return configurationOf(
    options,
    settings,
    names.filter((name) => notKept.includes(String(name))),
  );
}

/** A run that may begin or continue. */
export interface CheckedRun {
  /** The settings that the run keeps. */
  readonly configuration: RunOrigin['configuration'];
  /** Whether there is a checkpoint to continue from. */
  readonly resume: boolean;
}

/**
 * Checks a run's folder before any data is opened. A new run needs a free folder, and a resumed run needs its old settings. A run that
 * was stopped before its first checkpoint starts again from the beginning.
 *
 * @param run `dryRun`: whether nothing will be written; not allowed together with `resume`
 * @throws UsageError, RunUsageError for a folder or settings that do not fit; RunError for a folder that another program is using
 */
export function checkRun<Table extends OptionTable>(
  options: Table,
  settings: Settings<Table>,
  run: { readonly command: string; readonly out: string; readonly resume: boolean; readonly dryRun?: boolean },
  log: Log,
): CheckedRun {
  const { command, out, resume: asked, dryRun = false } = run;
  if (dryRun && asked) throw new UsageError('--dry-run is only for a new run; leave --resume out');
  const configuration = keptSettings(options, settings);
  if (asked) {
    checkUnlocked(out);
    checkUnchanged(configuration, keptSettings(options, rememberedSettings(options, out)), out);
  }
  const resume = asked && hasCheckpoint(out);
  if (!resume) checkNewRun(out, command);
  if (asked && !resume) log.say(`the run in ${out} has no checkpoint yet: it starts again from the beginning`);
  return { configuration, resume };
}

/** Trains a prepared task in a locked folder. Gives a result for people and for programs. */
export async function runTraining<Item, Batch>(
  prepared: PreparedTask<Item, Batch>,
  settings: TrainingSettings,
  { command, configuration }: RunOrigin,
  context: Context,
): Promise<Outcome> {
  const { out, batch, episodes, topK: top, dryRun } = settings;
  const { log } = context;
  const engine = await context.engine(settings);
  const stepsPerEpoch = Math.ceil(episodes / batch);
  if (dryRun) {
    const task = await prepared.build(engine);
    const unit = task.training.unit ?? 'item';
    const atOnce = planStep(prepared, settings, { log, unit });
    try {
      const rehearsal = await rehearse({ task, engine, batch, atOnce, stepsPerEpoch, log });
      return rehearsalOutcome(rehearsal, { backend: engine.description, scored: task.validation?.source.unit ?? unit });
    } finally {
      task.model.dispose();
    }
  }
  using _ = await RunLock.take(out, `hypercorr ${command}`, context.interrupt);
  const run = { ...settings, command, configuration, stepsPerEpoch, top };
  const result = await trainPrepared(prepared, run, engine, context);
  const { files, history, step, task } = result.run;
  const { finished, ended, skipped } = result;
  if (!finished) log.say(`saved at step ${step}; go on with: hypercorr ${command} --out ${out} --resume`);
  const best = history.epochs.findLast((record) => record.best);
  const latest = history.epochs.at(-1);
  const json = {
    epoch: latest?.epoch ?? 0,
    step,
    loss: history.steps.at(-1)?.loss,
    ...validationFigures(latest),
    best: best && { epoch: best.epoch, ...validationFigures(best), checkpoint: files.best },
    checkpoint: files.last,
    report: files.report,
    ...(prepared.leftOut === undefined ? {} : { left_out: prepared.leftOut }),
    skipped,
    skipped_steps: history.skipped,
    finished,
    ended,
    backend: engine.description,
  };
  const figure = task.validation?.best.figure;
  const label = figure === undefined ? '' : (task.validation?.labels?.[figure] ?? figure);
  const text =
    best === undefined || figure === undefined
      ? `no epoch is over yet; the weights so far are in ${files.last}`
      : `validation ${label} ${best.figures[figure]?.toFixed(1)} in epoch ${best.epoch}, the best of ${history.epochs.length}\nlook at ${files.report}; its weights are in ${files.best}`;
  // Stopping at the time limit is not a failure.
  return { json, text, exitCode: ended === 'interrupt' ? exitCodes.interrupted : exitCodes.done };
}

/** An epoch's figures under the names of the `--json` output: `val_miou`. */
export function validationFigures(record: Pick<EpochRecord, 'figures'> | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(record?.figures ?? {}).map(([name, value]) => [`val_${name}`, value]));
}

function rehearsalOutcome(
  { steps, parameters, tensorBytes, programBytes, loss, secondsAStep, secondsAnItem, seconds }: Rehearsal,
  { backend, scored }: { readonly backend: string; readonly scored: string },
): Outcome {
  const json = {
    dry_run: true,
    steps,
    trained_parameters: parameters,
    tensor_bytes: tensorBytes,
    program_bytes: programBytes,
    loss,
    seconds_a_step: secondsAStep,
    [`seconds_a_validation_${scored}`]: secondsAnItem,
    seconds,
    backend,
  };
  const text = [
    `no problem was found, and nothing was written: ${counted(steps, 'step')} on ${parameters} parameters`,
    `memory: ${mebibytes(tensorBytes)} for tensors, ${mebibytes(programBytes)} for the whole program`,
    `time: ${duration(secondsAStep)} a step, ${duration(secondsAnItem)} a validation ${scored}; about ${duration(seconds)} in all`,
  ].join('\n');
  return { json, text };
}
