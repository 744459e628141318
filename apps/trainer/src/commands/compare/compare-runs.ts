import { existsSync } from 'node:fs';
import { readConfiguration } from '../../cli/configuration.ts';
import { UsageError } from '../../cli/failure.ts';
import { readHistory, type EpochRecord, type StepRecord } from '../../training/metrics.ts';
import { runFiles } from '../../training/run-folder.ts';

/** A run as its folder tells of it. */
export interface RecordedRun {
  readonly folder: string;
  /** Its settings by the options' names. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The epoch with the best validation mIoU, the last of equal ones. */
  readonly best: EpochRecord | undefined;
  /** Spent on steps; validations are not in it. */
  readonly seconds: number;
}

/** @throws UsageError for a folder that holds no run; CommandError for a history that cannot be read */
export async function readRun(folder: string): Promise<RecordedRun> {
  const files = runFiles(folder);
  const missing = [files.config, files.metrics].find((file) => !existsSync(file));
  if (missing !== undefined) throw new UsageError(`${folder} holds no run: ${missing} is not there`);
  const { values: settings } = readConfiguration(files.config);
  const records = await readHistory(files.metrics);
  const steps = records.filter((record) => record.kind === 'step');
  const epochs = records.filter((record) => record.kind === 'epoch');
  return {
    folder,
    settings,
    steps,
    epochs,
    best: epochs.findLast(({ best }) => best),
    seconds: steps.reduce((sum, step) => sum + step.seconds, 0),
  };
}

/** Settings of the run's own place and pace: they make no difference to its figures. */
const beside: readonly string[] = ['out', 'threads'];

/** The names of settings that are not the same in all runs. */
export function differingSettings(runs: readonly RecordedRun[]): string[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  const values = (name: string) => new Set(runs.map(({ settings }) => JSON.stringify(settings[name])));
  return [...names].filter((name) => !beside.includes(name) && values(name).size > 1);
}
