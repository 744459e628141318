import type { StateDict } from '@hypercorr/nn';
import { openWeights, type WeightsFile } from '@hypercorr/nn/node';
import type { Engine } from '@hypercorr/tensor';
import { readCheckpoint } from '@hypercorr/train/node';
import { describeWeights, type WeightsDescription } from '../model-description.ts';

/** What a file of weights holds, without its elements. */
export interface DescribedFile extends Pick<WeightsFile, 'entries'> {
  /** What the file says of itself, or what its tensors' names and shapes say; undefined where they are no HSNet's. */
  readonly about: WeightsDescription | undefined;
}

/**
 * What a file of weights says of itself, and its tensors' names and shapes. No tensor is read. A file of weights is
 * safetensors or a state dict of PyTorch; the content tells which.
 *
 * @throws FormatError for a file that is neither, or whose description is not understood; the system's error for a file
 * that cannot be read
 */
export async function describeWeightsFile(path: string): Promise<DescribedFile> {
  const file = await openWeights(path);
  try {
    return { about: describeWeights(file, path), entries: file.entries };
  } finally {
    await file.close();
  }
}

/** The tensors of a file of weights, and the names in it that stand for no tensor. */
export interface ReadWeights {
  /** The caller frees the tensors. */
  readonly state: StateDict;
  readonly others: readonly string[];
}

/**
 * The tensors of a file of weights, except an optimiser's; float64 is rounded to float32.
 *
 * @throws as `describeWeightsFile`
 */
export async function readWeights(path: string, engine: Engine): Promise<ReadWeights> {
  const { model, others } = await readCheckpoint(path, { engine });
  return { state: model, others };
}
