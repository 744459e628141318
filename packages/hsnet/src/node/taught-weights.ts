import { optimizerPrefix } from '@hypercorr/train';
import type { HSNet } from '../hsnet.ts';
import { copyWeights } from './copy-weights.ts';

const learnerPrefix = 'hpn_learner.';

/**
 * Writes a copy of a file of weights with the learner that a model has now, as float32. All else stays as it is in the file,
 * except an optimiser's state, which belongs to the old learner.
 *
 * @throws as `copyWeights`
 */
export function writeTaughtWeights(from: string, to: string, model: HSNet): Promise<void> {
  const learner = model.hpn_learner.stateDict();
  return copyWeights(from, to, {
    tensor(name) {
      if (name.startsWith(optimizerPrefix)) return null;
      const plain = name.replace(/^module\./, '');
      return plain.startsWith(learnerPrefix) ? learner[plain.slice(learnerPrefix.length)] : undefined;
    },
  });
}
