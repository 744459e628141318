import {
  GradientAccumulator,
  gradientNorm,
  lossAndGradients,
  type NamedParameters,
  type Optimizer,
} from '@hypercorr/nn';
import { Tensor, item, keep, mul, retain, scope } from '@hypercorr/tensor';
import type { Phase, Scalar, StepTask, Task } from './task.ts';

/** An item with its number in the source. */
export interface Numbered<Item> {
  readonly index: number;
  readonly item: Item;
}

/** Gives the next item, in the order of numbers. A `Prefetcher` does. */
export interface ItemStream<Item> {
  next(): Promise<IteratorResult<Numbered<Item>, unknown>>;
}

export interface TrainerOptions<Item, Batch> {
  readonly task: StepTask<Item, Batch>;
  readonly phase: Phase;
  readonly optimizer: Optimizer;
  readonly items: ItemStream<Item>;
  /** Items a step. */
  readonly batch: number;
  /** Items computed at once, at most; a step adds up the gradients of several such parts. */
  readonly atOnce: number;
}

/** What came of a step. */
export type StepOutcome =
  | {
      readonly taken: true;
      /** The total loss, a mean over the items. */
      readonly loss: number;
      /** The other losses by name. */
      readonly parts: Readonly<Record<string, number>>;
      /** ‖g‖ over all trained parameters. */
      readonly gradientNorm: number;
      /** The number of the first item that was not used yet. */
      readonly nextItem: number;
    }
  /** The loss or the gradient is NaN or infinite. The weights are unchanged. */
  | { readonly taken: false; readonly fault: string; readonly nextItem: number };

/** The parameters that a phase trains, by name. */
export function trainedParameters(
  task: Pick<Task<never, never>, 'model' | 'rateFactor'>,
  phase: Phase,
): NamedParameters {
  const all = Object.entries(task.model.namedParameters());
  return Object.fromEntries(all.filter(([name]) => (task.rateFactor?.(name, phase) ?? 1) !== 0));
}

/**
 * The optimiser of a phase, before its first step.
 *
 * @throws as the optimiser: GradientError where every parameter is frozen
 */
export function optimizerOf(
  task: Pick<Task<never, never>, 'model' | 'rateFactor' | 'optimizer'>,
  phase: Phase,
): Optimizer {
  const learningRateFactor = (parameter: string): number => task.rateFactor?.(parameter, phase) ?? 1;
  return task.optimizer(trainedParameters(task, phase), { learningRate: phase.schedule(0), learningRateFactor });
}

/**
 * Takes one step of training: the loss of the next items, its gradient, and a step of the optimiser.
 *
 * The step's loss is a mean over its items, whatever `atOnce` is: each part's loss and gradient count by the part's share.
 *
 * @throws what the items throw: FormatError for data that is all faulty; RangeError when there are no more items
 */
export async function trainStep<Item, Batch>(options: TrainerOptions<Item, Batch>): Promise<StepOutcome> {
  const { task, phase, optimizer, batch, atOnce } = options;
  const { model } = task;
  const items = await nextItems(options);
  const parameters = trainedParameters(task, phase);
  model.train();
  using gradients = new GradientAccumulator();
  // The forward passes move running statistics. They are put back if the step is not taken.
  const statistics = model.buffers().map((buffer) => ({ buffer, before: retain(buffer.value) }));
  const sums: Record<string, number> = {};
  for (let start = 0; start < batch; start += atOnce) {
    const part = items.slice(start, start + atOnce);
    const batches = task.collate(
      part.map((each) => each.item),
      part.map(({ index }) => index),
    );
    for (const makeBatch of batches) {
      const share = part.length / (batch * batches.length);
      const losses = scope(() => {
        const inputs = makeBatch();
        const others: Record<string, Scalar> = {};
        const { loss: total, gradients: found } = lossAndGradients(parameters, () => {
          const computed = task.loss(inputs, phase);
          if (!(computed.total instanceof Tensor))
            throw new TypeError('[trainStep] loss must return { total, … }, tensors without axes');
          for (const [name, part] of Object.entries(computed)) if (name !== 'total') others[name] = keep(retain(part));
          return mul(computed.total, share);
        });
        gradients.add(found);
        return keep({ ...others, total });
      });
      for (const [name, loss] of Object.entries(losses)) {
        const value = await item(loss);
        loss.dispose();
        sums[name] = (sums[name] ?? 0) + (name === 'total' ? value : share * value);
      }
    }
  }
  const nextItem = (items.at(-1)?.index ?? -1) + 1;
  const total = gradients.take();
  using normOfTotal = gradientNorm(total);
  const norm = await item(normOfTotal);
  const { total: loss = Number.NaN, ...parts } = sums;
  const taken = Number.isFinite(loss) && Number.isFinite(norm);
  if (taken) {
    optimizer.learningRate = phase.schedule(optimizer.stepsDone);
    optimizer.step(total);
  }
  for (const gradient of Object.values(total)) gradient.dispose();
  for (const { buffer, before } of statistics) {
    if (taken) before.dispose();
    else buffer.set(before);
  }
  if (taken) return { taken, loss, parts, gradientNorm: norm, nextItem };
  const what = Number.isFinite(loss) ? `the gradient's norm is ${norm}` : `the loss is ${loss}`;
  const names = items.map((each) => task.nameOf(each.item)).join('; ');
  return { taken, fault: `${what} at step ${optimizer.stepsDone + 1}. The step's items: ${names}`, nextItem };
}

async function nextItems<Item, Batch>({ items, batch }: TrainerOptions<Item, Batch>): Promise<Numbered<Item>[]> {
  const next: Numbered<Item>[] = [];
  for (let i = 0; i < batch; i += 1) {
    const { done, value } = await items.next();
    if (done === true)
      throw new RangeError('[trainStep] the source has no more items; a training needs one without an end');
    next.push(value);
  }
  return next;
}
