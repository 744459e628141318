import type { Module, Optimizer, StateDict } from '@hypercorr/nn';
import { openWeights, writeSafetensors, type WeightsFile } from '@hypercorr/nn/node';
import { FormatError, type Engine, type Tensor } from '@hypercorr/tensor';
import {
  descriptionKey,
  formatDescription,
  optimizerPrefix,
  parseDescription,
  type CheckpointDescription,
} from '../description.ts';

/**
 * Writes a model's tensors under the names of its state, an optimiser's under `optimizer.`, and a description. The file is
 * there as a whole or not at all.
 *
 * @throws the system's error if the file cannot be written
 */
export async function saveCheckpoint(
  path: string,
  {
    model,
    optimizer,
    about,
  }: { readonly model: Module; readonly optimizer?: Optimizer; readonly about: CheckpointDescription },
): Promise<void> {
  const memory = Object.entries(optimizer?.stateDict() ?? {}).map(
    ([name, tensor]) => [optimizerPrefix + name, tensor] as const,
  );
  const tensors = { ...model.stateDict(), ...Object.fromEntries(memory) };
  await writeSafetensors(path, tensors, { metadata: { [descriptionKey]: formatDescription(about) } });
}

export interface Checkpoint {
  /** Undefined for files that other programs wrote. */
  readonly about: CheckpointDescription | undefined;
  /** The model's tensors. The caller frees them, and the optimiser's too. */
  readonly model: StateDict;
  readonly optimizer: StateDict;
  /** Names in a state dict of PyTorch that stand for no tensor. */
  readonly others: readonly string[];
}

/**
 * Reads what a file of weights says of itself, and its tensors' names and shapes. No tensor is read. The file is a
 * safetensors file or a PyTorch state dict; its content tells which.
 *
 * @throws FormatError for a file that is neither; the system's error for a file that cannot be read
 */
export async function describeCheckpoint(
  path: string,
): Promise<Pick<Checkpoint, 'about'> & Pick<WeightsFile, 'entries'>> {
  const file = await openWeights(path);
  try {
    return { about: descriptionOf(file, path), entries: file.entries };
  } finally {
    await file.close();
  }
}

/**
 * Reads a checkpoint: one of this library, or any file of weights.
 *
 * @param options `optimizer`: whether to read the optimiser's tensors too
 * @throws FormatError that names the file and the fault; the system's error for a file that cannot be read
 */
export async function readCheckpoint(
  path: string,
  { engine, optimizer = false }: { readonly engine: Engine; readonly optimizer?: boolean },
): Promise<Checkpoint> {
  const file = await openWeights(path);
  const read: [string, Tensor][] = [];
  try {
    const about = descriptionOf(file, path);
    for (const name of file.names) {
      if (optimizer || !name.startsWith(optimizerPrefix))
        read.push([name, await file.tensor(name, { engine, float64: 'round' })]);
    }
    const isMemory = ([name]: readonly [string, Tensor]) => name.startsWith(optimizerPrefix);
    const memory = read.filter(isMemory).map(([name, tensor]) => [name.slice(optimizerPrefix.length), tensor] as const);
    return {
      about,
      model: Object.fromEntries(read.filter((entry) => !isMemory(entry))),
      optimizer: Object.fromEntries(memory),
      others: file.others ?? [],
    };
  } catch (error) {
    for (const [, tensor] of read) tensor.dispose();
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Reads all tensors of a file of weights, a backbone's for example. float64 is rounded to float32. The caller frees them.
 *
 * @throws as `readCheckpoint`
 */
export async function readState(path: string, { engine }: { readonly engine: Engine }): Promise<StateDict> {
  const file = await openWeights(path);
  try {
    return await file.tensors({ engine, float64: 'round' });
  } finally {
    await file.close();
  }
}

function descriptionOf({ metadata }: WeightsFile, path: string): CheckpointDescription | undefined {
  try {
    return parseDescription(metadata);
  } catch (cause) {
    throw new FormatError('checkpoint', `this version does not understand how ${path} describes itself`, { cause });
  }
}
