import { NonFiniteStepError, RunError } from '../errors.ts';
import type { EpochRecord } from '../run/history.ts';
import type { Run } from '../run/run.ts';
import { epochsSinceBest, isBest } from '../run/top-epochs.ts';
import { stepsOf, type Meter, type Validation } from '../task.ts';
import { trainStep, type ItemStream } from '../trainer.ts';
import type { Log, StopRequest } from '../watch.ts';

/** What a step with a NaN or infinite loss or gradient does: it ends the training, or it is left out. */
export const nanPolicies = ['stop', 'skip'] as const;

/** What ends a training before its last step. */
export interface FitLimits {
  /** Ends after so many epochs without a better validation. */
  readonly earlyStop?: number | undefined;
  /** Ends after so many seconds, when the step at hand is done. */
  readonly maxTime?: number | undefined;
  readonly onNan: (typeof nanPolicies)[number];
}

export interface FitOptions<Item, Batch> extends FitLimits {
  readonly run: Run<Item, Batch>;
  readonly items: ItemStream<Item>;
  /** Items a step. */
  readonly batch: number;
  /** Items computed at once. */
  readonly atOnce: number;
  readonly stepsPerEpoch: number;
  readonly log: Log;
  readonly stop: StopRequest;
  /** Scores the model; undefined when somebody interrupted the validation. Absent for a task without one. */
  readonly validate?: (() => Promise<Meter<Item> | undefined>) | undefined;
  /** Called when an epoch's weights are written and before its record is. An epoch that is cut off here is finished again when the run resumes. */
  onEpoch(meter: Meter<Item> | undefined, record: EpochRecord): Promise<void>;
  /** More scalars for TensorBoard at each step, by tag. */
  readonly scalars?: ((learningRate: number) => Readonly<Record<string, number>>) | undefined;
}

/** Why a training ended. After `max-time` and `interrupt` it can be resumed. */
export type Ended = 'epochs' | 'early-stop' | 'max-time' | 'interrupt';

/** Between checkpoints of long epochs, so that a power cut does not cost hours. */
const secondsBetweenSaves = 600;

/** After so many steps left out in a row, the weights are at fault, and not a batch. */
const mostSkippedInARow = 10;

/**
 * Trains from wherever the run is to its last step. The run is saved at the end of every epoch, every ten minutes, and
 * when it stops before its end.
 *
 * @throws NonFiniteStepError for a loss or gradient that is not finite, unless such steps are left out
 */
export async function fit<Item, Batch>(options: FitOptions<Item, Batch>): Promise<Ended> {
  const { run, items, batch, atOnce, stepsPerEpoch, log, stop, earlyStop = Infinity, maxTime = Infinity } = options;
  const { task } = run;
  const total = stepsOf(task.phases);
  const best = task.validation?.best;
  const progress = log.progress(total, { from: run.step });
  const start = performance.now();
  const first = run.step;
  const timeIsOver = (): boolean => performance.now() - start > 1000 * maxTime;
  let saved = start;
  let skipped = 0;
  const save = async (): Promise<void> => {
    await run.save();
    saved = performance.now();
  };

  for (;;) {
    const { step } = run;
    // A run that stopped between an epoch's last step and the end of its validation goes on with the validation.
    const endsEpoch = step > 0 && (step % stepsPerEpoch === 0 || step === total);
    if (endsEpoch && run.history.epochs.at(-1)?.step !== step) {
      await save();
      // Always finish a validation that an earlier session left open; otherwise a time limit could stop the run for good.
      if (step > first && timeIsOver()) return 'max-time';
      if (!(await finishEpoch(options))) return 'interrupt';
    }
    if (step >= total) return 'epochs';
    if (run.history.epochs.at(-1)?.step === step && epochsSinceBest(run.history.epochs, best) >= earlyStop)
      return 'early-stop';
    const stopped = stop.requested ? 'interrupt' : timeIsOver() ? 'max-time' : undefined;
    if (stopped !== undefined) {
      await save();
      return stopped;
    }
    run.enterNextPhase();

    const begin = performance.now();
    const { optimizer, phase } = run;
    const outcome = await trainStep({ task, phase, optimizer, items, batch, atOnce });
    if (!outcome.taken) {
      skipped += 1;
      await skipStep(options, outcome.fault, skipped);
      continue;
    }
    skipped = 0;
    run.nextItem = outcome.nextItem;
    const { loss, parts, gradientNorm } = outcome;
    const hasParts = Object.keys(parts).length > 0;
    const seconds = Number(((performance.now() - begin) / 1000).toFixed(3));
    const { learningRate } = optimizer;
    await run.record(
      {
        kind: 'step',
        step: run.step,
        epoch: Math.ceil(run.step / stepsPerEpoch),
        loss,
        ...(hasParts ? { parts } : {}),
        seconds,
      },
      {
        'train/loss': loss,
        ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [`train/${name}`, value])),
        'train/gradient_norm': gradientNorm,
        'train/learning_rate': learningRate,
        'train/seconds': seconds,
        ...options.scalars?.(learningRate),
      },
    );
    progress.update(run.step, `loss ${loss.toFixed(4)}`);
    if (performance.now() - saved > 1000 * secondsBetweenSaves) await save();
  }
}

/** @returns whether the epoch is over; false when somebody interrupted its validation */
async function finishEpoch<Item, Batch>(options: FitOptions<Item, Batch>): Promise<boolean> {
  const { run, stepsPerEpoch, log, stop, validate, onEpoch } = options;
  let meter: Meter<Item> | undefined;
  if (validate !== undefined) {
    if (stop.requested) return false;
    meter = await validate();
    if (meter === undefined) return false;
  }
  const record = epochRecord(run, Math.ceil(run.step / stepsPerEpoch), meter);
  if (record.best) await run.saveBest();
  if (meter !== undefined) await run.saveTop(record);
  await onEpoch(meter, record);
  const { validation } = run.task;
  const figures = Object.entries(record.figures).map(
    ([figure, value]) => [`${validation?.name}/${figure}`, value] as const,
  );
  await run.record(record, { 'train/epoch_loss': record.loss, ...Object.fromEntries(figures) });
  run.removeOvertaken();
  log.say(inWords(record, validation));
  return true;
}

/** @throws NonFiniteStepError unless the step may be left out; RunError where too many are */
async function skipStep<Item, Batch>(
  { run, log, onNan }: FitOptions<Item, Batch>,
  fault: string,
  inARow: number,
): Promise<void> {
  if (onNan === 'stop') throw new NonFiniteStepError(`${fault}; a lower learning rate may help`);
  if (inARow > mostSkippedInARow)
    throw new RunError(`${fault}; ${inARow} steps in a row are left out: a lower learning rate may help`);
  log.warn(`${fault}; the step is left out`);
  await run.record({ kind: 'skipped', step: run.step + 1, fault });
}

function epochRecord<Item, Batch>(run: Run<Item, Batch>, epoch: number, meter: Meter<Item> | undefined): EpochRecord {
  const { history, step, task } = run;
  const figures = meter?.figures() ?? {};
  const bestFigure = task.validation?.best;
  if (bestFigure !== undefined && !(bestFigure.figure in figures))
    throw new RunError(
      `the validation's best figure is ${bestFigure.figure}, which is not among its meter's figures: ${Object.keys(figures).join(', ')}`,
    );
  const best = bestFigure !== undefined && isBest({ figures }, history.epochs, bestFigure);
  const losses = history.steps.filter((record) => record.epoch === epoch).map(({ loss }) => loss);
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  return { kind: 'epoch', epoch, step, loss, figures, best };
}

function inWords<Item>({ epoch, loss, figures, best }: EpochRecord, validation: Validation<Item> | undefined): string {
  const scores = Object.entries(figures).map(
    ([figure, value]) => `${validation?.labels?.[figure] ?? figure} ${value.toFixed(validation?.digits ?? 1)}`,
  );
  const scored = scores.length === 0 ? '' : `, ${validation?.name} ${scores.join(', ')}`;
  return `epoch ${epoch}: loss ${loss.toFixed(4)}${scored}${best ? ', the best so far' : ''}`;
}
