import type { SegmentationScore } from '@hypercorr/hsnet';
import { CommandError } from '../cli/failure.ts';
import type { Interrupt } from '../cli/interrupt.ts';
import type { Log } from '../cli/log.ts';
import type { EpochRecord } from './metrics.ts';
import type { Run } from './run.ts';
import { epochsSinceBest } from './top-epochs.ts';
import type { Trainer } from './trainer.ts';

/** What to do about a step whose loss or gradient is NaN or infinite: end with an error, or leave the step out. */
export const nanPolicies = ['stop', 'skip'] as const;

/** When a training ends, besides after its last epoch. */
export interface FitLimits {
  /** Epochs without a better validation mIoU after which it stops. */
  readonly earlyStop?: number | undefined;
  /** Seconds after which it stops, once a step is done. */
  readonly maxTime?: number | undefined;
  readonly onNan: (typeof nanPolicies)[number];
}

export interface FitOptions<V extends Validation> extends FitLimits {
  readonly run: Run;
  readonly trainer: Trainer;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly log: Log;
  readonly interrupt: Interrupt;
  /** What the scored classes are for: "validation". */
  readonly part: string;
  /** Of a backbone that is trained: how many times the learner's learning rate its own is. */
  readonly backboneFactor: number | undefined;
  /** Scores the model on them; undefined when interrupted. */
  validate(): Promise<V | undefined>;
  /** Called when an epoch's weights are written, before its record is: what is cut off here is done again on resuming. */
  onEpoch(validation: V, record: EpochRecord): Promise<void>;
}

export interface Validation {
  readonly score: SegmentationScore;
}

/** Why a training came to an end; after the last two it can be resumed. */
export type Ended = 'epochs' | 'early-stop' | 'max-time' | 'interrupt';

/** Between checkpoints of long epochs, so that a power cut does not cost hours. */
const secondsBetweenSaves = 600;

/** Steps left out one after the other: then it is the weights that are beyond use, not a batch. */
const mostSkippedInARow = 10;

/**
 * Trains to the last epoch, from wherever the run is. The run is saved at every epoch's end, every ten minutes, and when
 * it stops before its end.
 *
 * @throws CommandError for a loss or gradient that is not finite, unless such steps are left out
 */
export async function fit<V extends Validation>(options: FitOptions<V>): Promise<Ended> {
  const {
    run,
    trainer,
    epochs,
    stepsPerEpoch,
    backboneFactor,
    log,
    interrupt,
    earlyStop = Infinity,
    maxTime = Infinity,
  } = options;
  const total = epochs * stepsPerEpoch;
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
    // A run that was stopped between an epoch's last step and the end of its validation goes on with the validation.
    if (step > 0 && step % stepsPerEpoch === 0 && run.metrics.epochs.at(-1)?.step !== step) {
      await save();
      // A validation may take long. What an earlier session left to this one is done all the same, or the run would not go on.
      if (step > first && timeIsOver()) return 'max-time';
      if (!(await finishEpoch(options))) return 'interrupt';
    }
    if (step >= total) return 'epochs';
    if (run.metrics.epochs.at(-1)?.step === step && epochsSinceBest(run.metrics.epochs) >= earlyStop)
      return 'early-stop';
    const stopped = interrupt.requested ? 'interrupt' : timeIsOver() ? 'max-time' : undefined;
    if (stopped !== undefined) {
      await save();
      return stopped;
    }

    const begin = performance.now();
    const outcome = await trainer.step();
    if (!outcome.taken) {
      skipped += 1;
      await skipStep(options, outcome.fault, skipped);
      continue;
    }
    skipped = 0;
    run.nextEpisode = trainer.nextEpisode;
    const { loss, gradientNorm } = outcome;
    const seconds = Number(((performance.now() - begin) / 1000).toFixed(3));
    const { learningRate } = run.optimizer;
    await run.record(
      { kind: 'step', step: run.step, epoch: Math.ceil(run.step / stepsPerEpoch), loss, seconds },
      {
        'train/loss': loss,
        'train/gradient_norm': gradientNorm,
        'train/learning_rate': learningRate,
        'train/seconds': seconds,
        ...(backboneFactor === undefined ? {} : { 'train/backbone_learning_rate': learningRate * backboneFactor }),
      },
    );
    progress.update(run.step, `loss ${loss.toFixed(4)}`);
    if (performance.now() - saved > 1000 * secondsBetweenSaves) await save();
  }
}

/** @returns whether the epoch is over; false when the validation was interrupted */
async function finishEpoch<V extends Validation>({
  run,
  stepsPerEpoch,
  log,
  interrupt,
  part,
  validate,
  onEpoch,
}: FitOptions<V>): Promise<boolean> {
  const validation = interrupt.requested ? undefined : await validate();
  if (validation === undefined) return false;
  const record = epochRecord(run, run.step / stepsPerEpoch, validation);
  if (record.best) await run.saveBest();
  await run.saveTop(record);
  await onEpoch(validation, record);
  await run.record(record, {
    'train/epoch_loss': record.loss,
    [`${part}/miou`]: record.val_miou,
    [`${part}/fb_iou`]: record.val_fb_iou,
  });
  run.removeOvertaken();
  log.say(inWords(record, part));
  return true;
}

/** @throws CommandError unless the step may be left out */
async function skipStep<V extends Validation>(
  { run, log, onNan }: FitOptions<V>,
  fault: string,
  inARow: number,
): Promise<void> {
  if (onNan === 'stop')
    throw new CommandError(`${fault}; a lower --lr may help, and --on-nan skip leaves such steps out`);
  if (inARow > mostSkippedInARow)
    throw new CommandError(`${fault}; ${inARow} steps in a row are left out: a lower --lr may help`);
  log.warn(`${fault}; the step is left out`);
  await run.record({ kind: 'skipped', step: run.step + 1, fault });
}

function epochRecord({ metrics, step }: Run, epoch: number, { score: { miou, fbIou } }: Validation): EpochRecord {
  // Of equals the later, which has learned for longer: where nothing is found yet, every epoch scores 0.
  const best = metrics.epochs.every((before) => miou >= before.val_miou);
  const losses = metrics.steps.filter((record) => record.epoch === epoch).map(({ loss }) => loss);
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  return { kind: 'epoch', epoch, step, loss, val_miou: miou, val_fb_iou: fbIou, best };
}

function inWords({ epoch, loss, val_miou, val_fb_iou, best }: EpochRecord, part: string): string {
  return `epoch ${epoch}: loss ${loss.toFixed(4)}, ${part} mIoU ${val_miou.toFixed(1)}, FB-IoU ${val_fb_iou.toFixed(1)}${best ? ', the best so far' : ''}`;
}
