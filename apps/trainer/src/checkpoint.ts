import type { HSNet } from '@hypercorr/hsnet';
import type { Optimizer, StateDict } from '@hypercorr/nn';
import { openWeights, writeSafetensors, type WeightsFile } from '@hypercorr/nn/node';
import { FormatError, type Engine, type Tensor } from '@hypercorr/tensor';
import { z } from 'zod';
import { backbones, kernels } from './cli/options.ts';

const modelDescription = z.object({
  backbone: z.enum(backbones),
  kernel: z.enum(kernels),
  /** Whether the support's features are masked before they are correlated. */
  supportMasking: z.boolean(),
  /** Images were resized to size × size. */
  size: z.int().positive(),
});

/** What has to be known of a model to build it again. */
export type ModelDescription = z.infer<typeof modelDescription>;

const trainingDescription = z.object({
  benchmark: z.string(),
  /** The classes that trained it. */
  classes: z.array(z.string()),
  /** The classes that its best epoch was chosen by. */
  validationClasses: z.array(z.string()),
  /** Of PASCAL-5i and COCO-20i: the fold whose classes it was not trained on, and whether images that hold one of them were. */
  fold: z.int().min(0).optional(),
  novelImages: z.enum(['keep', 'drop']).optional(),
  shots: z.int().positive(),
  seed: z.int(),
  /** Steps of the optimiser behind these weights. */
  step: z.int().min(0),
  /** The number of the first episode that was not used yet. */
  nextEpisode: z.int().min(0),
});

/** How a model came by its weights. */
export type TrainingDescription = z.infer<typeof trainingDescription>;

const description = z.object({ model: modelDescription, training: trainingDescription });

/** What a checkpoint knows of itself. */
export type CheckpointDescription = z.infer<typeof description>;

/** Under which name the description stands among a file's free texts. */
const metadataKey = 'hypercorr';
const optimizerPrefix = 'optimizer.';

/**
 * Writes a model's tensors under their published names, and an optimiser's under `optimizer.`. The file is there as a
 * whole or not at all.
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
  const text = JSON.stringify(description.parse(about));
  await writeSafetensors(path, tensors, { metadata: { [metadataKey]: text } });
}

export interface Checkpoint {
  /** Not there for files that other programs wrote. */
  readonly about: CheckpointDescription | undefined;
  /** The model's tensors. They are the caller's to free, and so are the optimiser's. */
  readonly model: StateDict;
  readonly optimizer: StateDict;
}

/**
 * What a file says of itself, and its tensors' names and shapes; no tensor is read. Here and below a file of weights is a
 * safetensors file or a state dict of PyTorch's, told apart by their content.
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
 * Reads a checkpoint, ours or another's.
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
 * All tensors of a file of weights, float64 rounded to float32: a backbone's, say. They are the caller's to free.
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

function descriptionOf({ metadata }: WeightsFile, path: string): CheckpointDescription | undefined {
  const text = metadata[metadataKey];
  if (text === undefined) return undefined;
  try {
    return description.parse(JSON.parse(text));
  } catch (cause) {
    throw new FormatError('checkpoint', `${path} describes itself in a way that this version does not understand`, {
      cause,
    });
  }
}
