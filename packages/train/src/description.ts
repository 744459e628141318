import type { Json } from '@hypercorr/datasets';
import { FormatError } from '@hypercorr/tensor';

/** Where a training was when its checkpoint was written. */
export interface Position {
  /** Steps of the optimiser behind these weights, in all phases. */
  readonly step: number;
  /** The number of the first item that was not used yet. */
  readonly nextItem: number;
  /** Which phase the optimiser's state belongs to, from 0. */
  readonly phase: number;
}

/** What a checkpoint says of itself. */
export interface CheckpointDescription {
  /** `Task.kind`. */
  readonly task: string;
  /** `Task.describe()`: what rebuilds the model. */
  readonly model: Json;
  /** What the model learned from: data, classes, seed. */
  readonly training: Json;
  readonly position: Position;
}

/** The name of the description among a file's free texts. */
export const descriptionKey = 'hypercorr';
/** What the names of an optimiser's tensors begin with. */
export const optimizerPrefix = 'optimizer.';

/**
 * Reads the description from a checkpoint's free texts. Checkpoints from before tasks had names are few-shot ones, whose
 * position stood beside what they were trained on.
 *
 * @returns undefined if another program wrote the file
 * @throws FormatError, SyntaxError for a description that this version does not understand
 */
export function parseDescription(metadata: Readonly<Record<string, string>>): CheckpointDescription | undefined {
  const text = metadata[descriptionKey];
  if (text === undefined) return undefined;
  const about = objectOf(JSON.parse(text), 'the description');
  const { task, model, training } = about;
  if (task === undefined) {
    const { step, nextEpisode, ...learned } = objectOf(training, 'training');
    const position = { step: whole(step, 'step'), nextItem: whole(nextEpisode, 'nextEpisode'), phase: 0 };
    return { task: 'few-shot', model: objectOf(model, 'model'), training: learned, position };
  }
  if (typeof task !== 'string' || model === undefined || training === undefined)
    throw new FormatError('description', 'a checkpoint names its task, its model and its training');
  const { step, nextItem, phase } = objectOf(about['position'], 'position');
  return {
    task,
    model,
    training,
    position: { step: whole(step, 'step'), nextItem: whole(nextItem, 'nextItem'), phase: whole(phase, 'phase') },
  };
}

/** The description as a free text. Equal descriptions give equal texts: the keys have a fixed order. */
export function formatDescription({ task, model, training, position }: CheckpointDescription): string {
  const { step, nextItem, phase } = position;
  return JSON.stringify({ task, model, training, position: { step, nextItem, phase } });
}

function objectOf(value: Json | undefined, what: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, Json>>;
  throw new FormatError('description', `${what} is ${JSON.stringify(value)}; it must be an object`);
}

function whole(value: Json | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError('description', `${what} is ${JSON.stringify(value)}; it must be a whole number from 0`);
}
