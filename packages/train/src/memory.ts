import { GradientAccumulator, lossAndGradients } from '@hypercorr/nn';
import { Engine, scope } from '@hypercorr/tensor';
import { planningBackend } from '@hypercorr/tensor/planning';
import type { Phase, Task } from './task.ts';
import { optimizerOf, trainedParameters } from './trainer.ts';

/** What the items computed at once may keep for the backward pass, in bytes. Weights and kernels need memory besides. */
const budget = 2 ** 30;

/** A task as far as memory depends on it: no item is read. */
export interface PlannedTask<Batch> extends Pick<Task<never, Batch>, 'model' | 'rateFactor' | 'optimizer' | 'loss'> {
  /** A batch of so many items, as large as in training, filled with zeros. */
  blank(items: number): Batch;
}

export interface StepSettings<Batch> {
  /** Builds the task on an engine that computes nothing. */
  readonly plan: (engine: Engine) => PlannedTask<Batch>;
  readonly phase: Phase;
  /** Items a step. */
  readonly batch: number;
  /** How many batches `collate` makes of the items computed at once: with K shots, K. */
  readonly passes: number;
}

/**
 * The most bytes of tensors alive at one time in a training step, weights and the optimiser's included. The step runs
 * without computing anything. Working memory of kernels, images read ahead and the program itself come on top.
 *
 * @param atOnce items computed at once
 */
export function stepMemory<Batch>({ plan, phase, batch, passes }: StepSettings<Batch>, atOnce: number): number {
  const engine = new Engine(planningBackend(() => {}));
  const task = plan(engine);
  using model = task.model;
  using optimizer = optimizerOf(task, phase);
  using sums = new GradientAccumulator();
  const parameters = trainedParameters(task, phase);
  model.train();
  engine.resetPeak();
  // From the second pass on, the sums of the passes before are in memory too.
  for (let pass = 0; pass < Math.min(2, passes * Math.ceil(batch / atOnce)); pass += 1) {
    scope(() => {
      const inputs = task.blank(atOnce);
      sums.add(lossAndGradients(parameters, () => task.loss(inputs, phase).total).gradients);
    });
  }
  scope(() => optimizer.step(sums.take()));
  return engine.memory().peakBytes;
}

/**
 * How many of a step's items are computed at once: as many as 1 GiB holds, judged by what one more item takes. It depends
 * on the task alone and not on the machine, and so do the results.
 */
export function itemsAtOnce<Batch>(step: StepSettings<Batch>): number {
  const { batch } = step;
  if (batch === 1) return 1;
  // Two and three: a single small image can be too little for batch norms to train on.
  const once = { ...step, passes: 1 };
  const bytesOfOne = stepMemory({ ...once, batch: 3 }, 3) - stepMemory({ ...once, batch: 2 }, 2);
  return Math.max(1, Math.min(batch, Math.floor(budget / bytesOfOne)));
}
