import { optimizerPrefix } from '@hypercorr/train';
import { learnerPrefix, unwrapCheckpoint } from '../checkpoint.ts';
import type { HSNet } from '../hsnet.ts';
import { formatTaught, taughtKey, type TaughtNote } from '../teaching/taught-note.ts';
import { copyWeights } from './copy-weights.ts';
import { describeWeightsFile } from './weights-file.ts';

/**
 * Writes a copy of a file of weights with the learner that a model has now, as float32. All else stays as it is in the file,
 * except an optimiser's state, which belongs to the old learner.
 *
 * @param note what the copy says of the teaching; undefined where no step was kept
 * @throws as `copyWeights`
 */
export async function writeTaughtWeights(
  from: string,
  to: string,
  { model, note }: { readonly model: HSNet; readonly note: TaughtNote | undefined },
): Promise<void> {
  const learner = model.hpn_learner.stateDict();
  const { entries } = await describeWeightsFile(from);
  const prefix = unwrapCheckpoint(entries.keys(), { source: from }).prefix + learnerPrefix;
  await copyWeights(from, to, {
    ...(note === undefined ? {} : { metadata: { [taughtKey]: formatTaught(note) } }),
    tensor(name) {
      if (name.startsWith(optimizerPrefix)) return null;
      return name.startsWith(prefix) ? learner[name.slice(prefix.length)] : undefined;
    },
  });
}
