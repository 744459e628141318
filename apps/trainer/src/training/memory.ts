import { HSNet, shapeBackend } from '@hypercorr/hsnet';
import { Adam, GradientAccumulator, lossAndGradients } from '@hypercorr/nn';
import { Engine, scope, zeros } from '@hypercorr/tensor';
import type { ModelDescription } from '@hypercorr/hsnet';
import { segmentationLoss } from './loss.ts';

/** What the episodes computed at once may keep for the way back; weights and kernels need memory besides. */
const budget = 2 ** 30;

/** What decides the memory of a step. */
export interface StepDescription {
  readonly model: ModelDescription;
  readonly trainBackbone: boolean;
  /** Episodes a step. */
  readonly batch: number;
  /** Supports an episode: a pass for each. */
  readonly shots: number;
  /** Episodes computed at once. */
  readonly atOnce: number;
}

/**
 * The most bytes of tensors alive at one time in a training step, weights and the optimiser's included, by letting the step
 * run without computing anything. Working memory of kernels, images read ahead and the program itself come on top.
 */
export function stepMemory({
  model: { backbone, kernel, supportMasking, size },
  trainBackbone,
  batch,
  shots,
  atOnce,
}: StepDescription): number {
  const engine = new Engine(shapeBackend(() => {}));
  using model = new HSNet({ backbone, kernel, supportMasking, trainBackbone, key: null, engine });
  using optimizer = new Adam(model.trainableParameters());
  using sums = new GradientAccumulator();
  model.train();
  engine.resetPeak();
  // From the second pass on, each meets the sums of those before.
  for (let pass = 0; pass < Math.min(2, shots * Math.ceil(batch / atOnce)); pass += 1) {
    scope(() => {
      const [query, support] = [zeros([atOnce, 3, size, size], { engine }), zeros([atOnce, 3, size, size], { engine })];
      const mask = zeros([atOnce, size, size], { engine });
      const labels = zeros([atOnce, size, size], { dtype: 'int32', engine });
      sums.add(
        lossAndGradients(model.trainableParameters(), () =>
          segmentationLoss(model.forward(query, support, mask), labels, 1),
        ).gradients,
      );
    });
  }
  scope(() => optimizer.step(sums.take()));
  return engine.memory().peakBytes;
}

/**
 * How many of a batch's episodes a step computes at once: as many as the budget holds, by what one more takes. It depends
 * on the model alone, not on the machine, and so do the results.
 */
export function episodesAtOnce(step: Omit<StepDescription, 'atOnce'>): number {
  const { batch } = step;
  if (batch === 1) return 1;
  // A single small image can be too little for batch norms to train on.
  const bytesOfOne =
    stepMemory({ ...step, shots: 1, batch: 3, atOnce: 3 }) - stepMemory({ ...step, shots: 1, batch: 2, atOnce: 2 });
  return Math.max(1, Math.min(batch, Math.floor(budget / bytesOfOne)));
}
