import type { SegmentationScore } from '@hypercorr/hsnet';
import type { Interrupt } from '../interrupt.ts';
import type { Log } from '../log.ts';
import type { EpochRecord } from './metrics.ts';
import type { Run } from './run.ts';
import type { Trainer } from './trainer.ts';

export interface FitOptions<V extends Validation> {
  readonly run: Run;
  readonly trainer: Trainer;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly log: Log;
  readonly interrupt: Interrupt;
  /** What the scored classes are for: "validation". */
  readonly part: string;
  /** Scores the model on them; undefined when interrupted. */
  validate(): Promise<V | undefined>;
  /** Called when an epoch's weights are written, before its record is: what is cut off here is done again on resuming. */
  onEpoch(validation: V, record: EpochRecord): Promise<void>;
}

export interface Validation {
  readonly score: SegmentationScore;
}

/** Between checkpoints of long epochs, so that a power cut does not cost hours. */
const secondsBetweenSaves = 600;

/**
 * Trains to the last epoch, from wherever the run is. The run is saved at every epoch's end, every ten minutes, and when
 * it is interrupted.
 *
 * @returns whether it came to the end; false when it was interrupted
 */
export async function fit<V extends Validation>(options: FitOptions<V>): Promise<boolean> {
  const { run, trainer, epochs, stepsPerEpoch, log, interrupt, part, validate, onEpoch } = options;
  const total = epochs * stepsPerEpoch;
  const progress = log.progress(total, { from: run.step });
  let saved = performance.now();
  const save = async (): Promise<void> => {
    await run.save();
    saved = performance.now();
  };

  for (;;) {
    const { step } = run;
    // A run that was stopped between an epoch's last step and the end of its validation goes on with the validation.
    if (step > 0 && step % stepsPerEpoch === 0 && run.metrics.epochs.at(-1)?.step !== step) {
      await save();
      const validation = interrupt.requested ? undefined : await validate();
      if (validation === undefined) return false;
      const record = epochRecord(run, step / stepsPerEpoch, validation);
      if (record.best) await run.saveBest();
      await onEpoch(validation, record);
      await run.metrics.add(record);
      log.say(inWords(record, part));
    }
    if (step >= total) return true;
    if (interrupt.requested) {
      await save();
      return false;
    }
    const start = performance.now();
    const loss = await trainer.step();
    run.nextEpisode = trainer.nextEpisode;
    const seconds = Number(((performance.now() - start) / 1000).toFixed(3));
    await run.metrics.add({ kind: 'step', step: run.step, epoch: Math.ceil(run.step / stepsPerEpoch), loss, seconds });
    progress.update(run.step, `loss ${loss.toFixed(4)}`);
    if (performance.now() - saved > 1000 * secondsBetweenSaves) await save();
  }
}

function epochRecord({ metrics, step }: Run, epoch: number, { score: { miou, fbIou } }: Validation): EpochRecord {
  const best = metrics.epochs.every((before) => miou > before.val_miou);
  const losses = metrics.steps.filter((record) => record.epoch === epoch).map(({ loss }) => loss);
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  return { kind: 'epoch', epoch, step, loss, val_miou: miou, val_fb_iou: fbIou, best };
}

function inWords({ epoch, loss, val_miou, val_fb_iou, best }: EpochRecord, part: string): string {
  return `epoch ${epoch}: loss ${loss.toFixed(4)}, ${part} mIoU ${val_miou.toFixed(1)}, FB-IoU ${val_fb_iou.toFixed(1)}${best ? ', the best so far' : ''}`;
}
