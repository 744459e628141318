import { checkOptions } from '@hypercorr/tensor/op';
import { Prefetcher } from '@hypercorr/datasets/node';
import type { Engine } from '@hypercorr/tensor';
import { RunError } from '../errors.ts';
import { stepsOf, type Task } from '../task.ts';
import { optimizerOf, trainStep, trainedParameters } from '../trainer.ts';
import { silent, type Log } from '../watch.ts';
import { score, tellFaults } from './train.ts';

/** What a training would be, and what one step and one validation item of it take. */
export interface Rehearsal {
  /** Steps of the whole training. */
  readonly steps: number;
  /** Numbers that the first phase trains. */
  readonly parameters: number;
  /** The most bytes of tensors at one time in a step, counted while it ran. */
  readonly tensorBytes: number;
  /** Memory of the whole program after it, as the system counts it. */
  readonly programBytes: number;
  /** Of the last step. */
  readonly loss: number;
  readonly secondsAStep: number;
  /** 0 without a validation. */
  readonly secondsAnItem: number;
  /** All steps and validations at that pace. */
  readonly seconds: number;
}

export interface RehearsalOptions<Item, Batch> {
  readonly task: Task<Item, Batch>;
  readonly engine: Engine;
  /** Items a step. */
  readonly batch: number;
  readonly atOnce?: number;
  readonly stepsPerEpoch: number;
  /** Threads that read items, beside this one. 1 if absent; 0 reads in this thread. */
  readonly workers?: number;
  readonly log?: Log;
}

const optionNames = {
  task: true,
  engine: true,
  batch: true,
  atOnce: true,
  stepsPerEpoch: true,
  workers: true,
  log: true,
};

/**
 * Takes the first two steps of a training and scores its first validation item, with real data and weights. Nothing is
 * written.
 *
 * @throws OptionError for an option that does not exist; what the training itself would throw by then
 */
export async function rehearse<Item, Batch>(options: RehearsalOptions<Item, Batch>): Promise<Rehearsal> {
  checkOptions('rehearse', options, optionNames);
  const { task, engine, batch, atOnce = batch, stepsPerEpoch, workers = 1, log = silent } = options;
  const [phase] = task.phases;
  if (phase === undefined) throw new RangeError('[rehearse] the task has no phase');
  using optimizer = optimizerOf(task, phase);
  const items = new Prefetcher(task.training, { ahead: batch, workers, onFault: tellFaults(task, log) });
  try {
    engine.resetPeak();
    const { last: loss, seconds: secondsAStep } = await timed(async () => {
      const outcome = await trainStep({ task, phase, optimizer, items, batch, atOnce });
      if (!outcome.taken) throw new RunError(outcome.fault);
      return outcome.loss;
    });
    const { peakBytes: tensorBytes } = engine.memory();
    const validated = task.validation?.source.length ?? 0;
    const scoreOne = () => score(task, { end: 1, workers, log: { ...log, progress: silent.progress } });
    const secondsAnItem = validated === 0 ? 0 : (await timed(scoreOne)).seconds;
    const steps = stepsOf(task.phases);
    const epochs = Math.ceil(steps / stepsPerEpoch);
    const sizes = Object.values(trainedParameters(task, phase)).map(({ value }) => value.size);
    return {
      steps,
      tensorBytes,
      loss,
      secondsAStep,
      secondsAnItem,
      parameters: sizes.reduce((sum, size) => sum + size, 0),
      programBytes: process.memoryUsage.rss(),
      seconds: steps * secondsAStep + epochs * validated * secondsAnItem,
    };
  } finally {
    await items.close();
  }
}

/** Times the second of two calls: the first one compiles, and reads what the second finds in memory. */
async function timed<T>(run: () => Promise<T>): Promise<{ readonly last: T; readonly seconds: number }> {
  await run();
  const begin = performance.now();
  const last = await run();
  return { last, seconds: (performance.now() - begin) / 1000 };
}
