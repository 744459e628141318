import type { RawTensor } from '@hypercorr/nn';
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import { formatPresence, presenceKey, type PresenceCalibration } from '../presence/calibration.ts';

/**
 * Writes a copy of a file of weights that says how it scores presence. Tensors keep their names, dtypes and bits, and so does
 * all else that the file says of itself. The copy is safetensors, and there as a whole or not at all.
 *
 * @throws FormatError for a file that holds no weights; the system's error for a file that cannot be read; an Error with the
 * system's as its cause, if writing fails
 */
export async function writeCalibratedWeights(
  from: string,
  to: string,
  calibration: PresenceCalibration,
): Promise<void> {
  const file = await openWeights(from);
  try {
    const tensors: [string, RawTensor][] = [];
    for (const name of file.names) tensors.push([name, await file.raw(name)]);
    // Programs that load safetensors into PyTorch look for this entry.
    const metadata = file.format === 'pytorch' ? { format: 'pt' } : file.metadata;
    await writeSafetensors(to, Object.fromEntries(tensors), {
      metadata: { ...metadata, [presenceKey]: formatPresence(calibration) },
    });
  } finally {
    await file.close();
  }
}
