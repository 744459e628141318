import { complexity } from '@hypercorr/hsnet';
import type { ModelDescription } from '../checkpoint.ts';

/** What a step may keep for its way back; the machine needs about half as much again for the network and the kernels. */
const budget = 2 ** 30;

/** What is kept beside the outputs of the learner's layers, measured: 0.94 (tiny, 128×128) to 1.39 (ResNet-50, 400×400). */
const share = 1.4;

/** Bytes that one episode needs in a step, about. */
function episodeBytes({ backbone, kernel, size }: ModelDescription): number {
  const { layers } = complexity({ backbone, kernel, size });
  const kept = layers.filter(({ name }) => !name.startsWith('backbone.'));
  return share * kept.reduce((sum, { activationBytes }) => sum + activationBytes, 0);
}

/** How many of a batch's episodes a step computes at once: it depends on the model alone, not on the machine, and so do the results. */
export function episodesAtOnce(description: ModelDescription, batch: number): number {
  return Math.max(1, Math.min(batch, Math.floor(budget / episodeBytes(description))));
}
