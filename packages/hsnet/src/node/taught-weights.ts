import type { RawTensor } from '@hypercorr/nn';
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import type { Tensor } from '@hypercorr/tensor';
import { optimizerPrefix } from '@hypercorr/train';
import type { HSNet } from '../hsnet.ts';

const learnerPrefix = 'hpn_learner.';

/**
 * Writes a copy of a file of weights with the learner that a model has now, as float32. All else stays as it is in the file,
 * except an optimiser's state, which belongs to the old learner. The copy is there as a whole or not at all.
 *
 * @throws FormatError for a file that holds no weights; the system's error for a file that cannot be read; an Error with the
 * system's as its cause, if writing fails
 */
export async function writeTaughtWeights(from: string, to: string, model: HSNet): Promise<void> {
  const file = await openWeights(from);
  try {
    const tensors: [string, RawTensor | Tensor][] = [];
    const learner = model.hpn_learner.stateDict();
    for (const name of file.names) {
      if (name.startsWith(optimizerPrefix)) continue;
      const plain = name.replace(/^module\./, '');
      const taught = plain.startsWith(learnerPrefix) ? learner[plain.slice(learnerPrefix.length)] : undefined;
      tensors.push([name, taught ?? (await file.raw(name))]);
    }
    // Programs that load safetensors into PyTorch look for this entry.
    const metadata = file.format === 'pytorch' ? { format: 'pt' } : file.metadata;
    await writeSafetensors(to, Object.fromEntries(tensors), { metadata });
  } finally {
    await file.close();
  }
}
