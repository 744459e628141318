import type { Json } from '@hypercorr/datasets';
import { z } from 'zod';

const position = z.object({
  /** Steps of the optimiser behind these weights, in all phases. */
  step: z.int().min(0),
  /** The number of the first item that was not used yet. */
  nextItem: z.int().min(0),
  /** Which phase the optimiser's state belongs to, from 0. */
  phase: z.int().min(0),
});

/** Where a training was when its checkpoint was written. */
export type Position = z.infer<typeof position>;

const json = z.json() as z.ZodType<Json>;

const description = z.object({
  /** `Task.kind`. */
  task: z.string(),
  /** `Task.describe()`: what rebuilds the model. */
  model: json,
  /** What the model learned from: data, classes, seed. */
  training: json,
  position,
});

/** What a checkpoint says of itself. */
export type CheckpointDescription = z.infer<typeof description>;

/** Checkpoints of before tasks had names: few-shot ones, whose position stood among what they were trained on. */
const earlier = z
  .object({
    model: json,
    training: z.looseObject({ step: z.int().min(0), nextEpisode: z.int().min(0) }),
  })
  .transform(({ model, training: { step, nextEpisode, ...training } }) => ({
    task: 'few-shot',
    model,
    training: training as Json,
    position: { step, nextItem: nextEpisode, phase: 0 },
  }));

/** The name of the description among a file's free texts. */
export const descriptionKey = 'hypercorr';

/**
 * Reads the description from a checkpoint's free texts.
 *
 * @returns undefined if another program wrote the file
 * @throws ZodError or SyntaxError for a description that this version does not understand
 */
export function parseDescription(metadata: Readonly<Record<string, string>>): CheckpointDescription | undefined {
  const text = metadata[descriptionKey];
  if (text === undefined) return undefined;
  return z.union([description, earlier]).parse(JSON.parse(text));
}

/** The description as a free text. Equal descriptions give equal texts: the keys have a fixed order. */
export function formatDescription(about: CheckpointDescription): string {
  return JSON.stringify(description.parse(about));
}
