import type { RawTensor } from '@hypercorr/nn';
import { openWeights, writeSafetensors } from '@hypercorr/nn/node';
import type { Tensor } from '@hypercorr/tensor';

/** What a copy has in place of the file's own. */
export interface Changes {
  /** @returns the tensor that takes the place of this one; undefined for the file's own; null to leave it out */
  tensor?(name: string): Tensor | undefined | null;
  /** Free texts beside the file's, or in their place. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a copy of a file of weights as safetensors. What is not changed keeps its names, dtypes and bits. The copy is there as a
 * whole or not at all.
 *
 * @throws FormatError for a file that holds no weights; the system's error for a file that cannot be read; an Error with the
 * system's as its cause, if writing fails
 */
export async function copyWeights(from: string, to: string, { tensor, metadata }: Changes): Promise<void> {
  const file = await openWeights(from);
  try {
    const tensors: [string, RawTensor | Tensor][] = [];
    for (const name of file.names) {
      const changed = tensor?.(name);
      if (changed !== null) tensors.push([name, changed ?? (await file.raw(name))]);
    }
    // Programs that load safetensors into PyTorch look for this entry.
    const own = file.format === 'pytorch' ? { format: 'pt' } : file.metadata;
    await writeSafetensors(to, Object.fromEntries(tensors), { metadata: { ...own, ...metadata } });
  } finally {
    await file.close();
  }
}
