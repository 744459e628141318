import { optimizerPrefix } from '@hypercorr/train';
import type { HSNet } from '../hsnet.ts';
import { formatTaught, taughtKey, type TaughtNote } from '../teaching/taught-note.ts';
import { copyWeights } from './copy-weights.ts';

const learnerPrefix = 'hpn_learner.';

/**
 * Writes a copy of a file of weights with the learner that a model has now, as float32. All else stays as it is in the file,
 * except an optimiser's state, which belongs to the old learner.
 *
 * @param note what the copy says of the teaching; undefined where no step was kept
 * @throws as `copyWeights`
 */
export function writeTaughtWeights(
  from: string,
  to: string,
  { model, note }: { readonly model: HSNet; readonly note: TaughtNote | undefined },
): Promise<void> {
  const learner = model.hpn_learner.stateDict();
  return copyWeights(from, to, {
    ...(note === undefined ? {} : { metadata: { [taughtKey]: formatTaught(note) } }),
    tensor(name) {
      if (name.startsWith(optimizerPrefix)) return null;
      const plain = name.replace(/^module\./, '');
      return plain.startsWith(learnerPrefix) ? learner[plain.slice(learnerPrefix.length)] : undefined;
    },
  });
}
