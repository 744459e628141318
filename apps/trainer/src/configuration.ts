import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError, messageOf } from './failure.ts';
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
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8').replace(byteOrderMark, ''));
  } catch (error) {
    throw new UsageError(`the configuration ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const { success, data } = z.looseObject({ command: z.string().optional() }).safeParse(parsed);
  if (!success) throw new UsageError(`the configuration ${path} holds no JSON object of options by name`);
  const { command, ...values } = data;
  return { path, command, values };
}

/** What some editors begin a file of UTF-8 with. */
const byteOrderMark = /^\uFEFF/;
