import type { Taught } from './teach.ts';
import { parsedFields, whole } from '../described-fields.ts';

/** What a file of weights says of having been taught (`teach`). Its training and its calibration were before that. */
export interface TaughtNote {
  /** Marked pictures, the held-out one among them. */
  readonly pictures: number;
  /** Pictures without the object. */
  readonly without: number;
  /** The step whose weights were kept. */
  readonly step: number;
}

/** What to say of a teaching; undefined where no step was kept, and the weights are as they were. */
export function noteOf({ step }: Pick<Taught, 'step'>, of: Omit<TaughtNote, 'step'>): TaughtNote | undefined {
  return step === 0 ? undefined : { ...of, step };
}

/** The name of the note among a file's free texts. */
export const taughtKey = 'hypercorr.taught';

/** The note as a free text of a file of weights. */
export function formatTaught({ pictures, without, step }: TaughtNote): string {
  return JSON.stringify({ pictures, without, step });
}

/**
 * Reads the note from a file's free texts.
 *
 * @returns undefined for a file without one
 * @throws FormatError for a text that this version does not understand
 */
export function parseTaught(metadata: Readonly<Record<string, string>>): TaughtNote | undefined {
  const written = metadata[taughtKey];
  if (written === undefined) return undefined;
  const entries = parsedFields(written, 'the note of teaching');
  return {
    pictures: whole(entries, 'pictures', 2),
    without: whole(entries, 'without', 0),
    step: whole(entries, 'step', 1),
  };
}
