import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '@hypercorr/train/node';
import { UsageError } from './failure.ts';
import type { ConfigurationFile } from './option.ts';

/** What a run keeps of its settings. */
export interface RunConfiguration extends ConfigurationFile {
  /** Whose run it is; not there in files that users write. */
  readonly command: string | undefined;
}

/**
 * Reads a file of options by name, as `--config` takes it and as a run keeps it.
 *
 * @throws UsageError for one that cannot be read, or is no JSON object
 */
export function readConfiguration(path: string): RunConfiguration {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseConfiguration(bytes, path);
}

/**
 * The options that a file's bytes hold.
 *
 * @param path named in errors
 * @throws UsageError for other bytes than a JSON object's in UTF-8, whether or not they begin with a byte order mark
 */
export function parseConfiguration(bytes: Uint8Array, path: string): RunConfiguration {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable(path, error);
  }
  const { success, data } = z.looseObject({ command: z.string().optional() }).safeParse(parsed);
  if (!success) throw new UsageError(`the configuration ${path} holds no JSON object of options by name`);
  const { command, ...values } = data;
  return { path, command, values };
}

function unreadable(path: string, cause: unknown): UsageError {
  return new UsageError(`the configuration ${path} cannot be read: ${messageOf(cause)}`, { cause });
}
