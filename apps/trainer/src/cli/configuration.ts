import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '@hypercorr/train/node';
import { UsageError } from './failure.ts';
import type { ConfigurationFile } from './option.ts';

/** The settings that a run keeps. */
export interface RunConfiguration extends ConfigurationFile {
  /** The command that began the run. Files that users write do not have it. */
  readonly command: string | undefined;
}

/**
 * Reads a file of options by name: a file for `--config`, or the one that a run keeps.
 *
 * @throws UsageError if the file cannot be read, or holds no JSON object
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
 * Reads options from the bytes of a configuration file. A byte order mark is allowed.
 *
 * @param path named in errors
 * @throws UsageError unless the bytes are a JSON object in UTF-8
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
