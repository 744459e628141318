import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { RunError, RunUsageError, messageOf } from '../errors.ts';
import { readHistory, type EpochRecord, type StepRecord } from '../run/history.ts';
import { runFiles } from '../run/run-folder.ts';

/** A run as its folder records it. */
export interface RecordedRun {
  readonly folder: string;
  /** Settings by the options' names. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The epoch with the best validation, the last of equal ones. */
  readonly best: EpochRecord | undefined;
  /** Spent on steps, without validations. */
  readonly seconds: number;
}

/**
 * Reads a run. It may still be going on.
 *
 * @throws RunUsageError for a folder that holds no run; RunError for files that cannot be read
 */
export async function readRun(folder: string): Promise<RecordedRun> {
  const files = runFiles(folder);
  const missing = [files.config, files.history].find((file) => !existsSync(file));
  if (missing !== undefined) throw new RunUsageError(`${folder} holds no run: ${missing} does not exist`);
  const records = await readHistory(files.history);
  const steps = records.filter((record) => record.kind === 'step');
  const epochs = records.filter((record) => record.kind === 'epoch');
  return {
    folder,
    settings: readSettings(files.config),
    steps,
    epochs,
    best: epochs.findLast(({ best }) => best),
    seconds: steps.reduce((sum, step) => sum + step.seconds, 0),
  };
}

function readSettings(path: string): Readonly<Record<string, unknown>> {
  try {
    const { command: _, ...settings } = z.looseObject({}).parse(JSON.parse(readFileSync(path, 'utf8')));
    return settings;
  } catch (cause) {
    throw new RunError(`the settings ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Settings of the run's own place and pace: they make no difference to its figures. */
const beside: readonly string[] = ['out', 'threads'];

/** The names of settings that differ between runs. */
export function differingSettings(runs: readonly RecordedRun[]): string[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  const values = (name: string) => new Set(runs.map(({ settings }) => JSON.stringify(settings[name])));
  return [...names].filter((name) => !beside.includes(name) && values(name).size > 1);
}
