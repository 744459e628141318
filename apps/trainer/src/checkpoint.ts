import {
  descriptionKey,
  parseModelDescription,
  parseTrainingDescription,
  type HSNet,
  type ModelDescription,
  type TrainingDescription,
} from '@hypercorr/hsnet';
import type { Optimizer, StateDict } from '@hypercorr/nn';
import { openWeights, writeSafetensors, type WeightsFile } from '@hypercorr/nn/node';
import { FormatError, type Engine, type Tensor } from '@hypercorr/tensor';

/** What a run's checkpoint says of itself. */
export interface CheckpointDescription {
  readonly model: ModelDescription;
  readonly training: TrainingDescription;
}

const optimizerPrefix = 'optimizer.';

/**
 * Writes a model's tensors under their published names, and an optimiser's under `optimizer.`. Afterwards the file is there
 * as a whole, or the one before is unchanged.
 */
export async function saveCheckpoint(
  path: string,
  {
    model,
    optimizer,
    about,
  }: { readonly model: HSNet; readonly optimizer?: Optimizer; readonly about: CheckpointDescription },
): Promise<void> {
  const memory = Object.entries(optimizer?.stateDict() ?? {}).map(
    ([name, tensor]) => [optimizerPrefix + name, tensor] as const,
  );
  const tensors = { ...model.stateDict(), ...Object.fromEntries(memory) };
  // Parsed, for the order of its keys: equal runs have equal files.
  await writeSafetensors(path, tensors, { metadata: { [descriptionKey]: JSON.stringify(parseDescription(about)) } });
}

export interface Checkpoint {
  /** Undefined for files that other programs wrote. */
  readonly about: CheckpointDescription | undefined;
  /** The model's tensors. The caller frees them, and the optimiser's. */
  readonly model: StateDict;
  readonly optimizer: StateDict;
}

/**
 * What a file says of itself, and its tensors' names and shapes. No tensor is read. A file of weights is safetensors or a
 * state dict of PyTorch; the content tells which.
 *
 * @throws FormatError for a file that is neither; the system's error for one that cannot be read
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
 * Reads a checkpoint of this program or of another.
 *
 * @param options `optimizer`: whether to read the optimiser's tensors too
 * @throws FormatError that names the file and what is wrong with it; the system's error for a file that cannot be read
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
    };
  } catch (error) {
    for (const [, tensor] of read) tensor.dispose();
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * All tensors of a file of weights, float64 rounded to float32. The caller frees them.
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

export function freeState(state: StateDict): void {
  for (const tensor of Object.values(state)) tensor.dispose();
}

/** A description with its keys in one order. @throws FormatError for entries that are missing or of another type */
function parseDescription({ model, training }: Readonly<Record<keyof CheckpointDescription, unknown>>) {
  return { model: parseModelDescription(model), training: parseTrainingDescription(training) };
}

function descriptionOf({ metadata }: WeightsFile, path: string): CheckpointDescription | undefined {
  const text = metadata[descriptionKey];
  if (text === undefined) return undefined;
  try {
    return parseDescription(JSON.parse(text));
  } catch (cause) {
    throw new FormatError('checkpoint', `${path} describes itself in a way that this version does not understand`, {
      cause,
    });
  }
}
