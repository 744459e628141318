import { existsSync } from 'node:fs';
import { readConfiguration } from '../configuration.ts';
import { UsageError } from '../failure.ts';
import { givenValue, type ConfigurationFile, type Given } from '../option.ts';
import { own } from '../options.ts';
import { runFiles } from './run-folder.ts';
import { endsWithTraining } from './schedule.ts';

/** With `--resume`, the settings that the run in `--out` was started with. */
export function rememberedRun(given: Given, usualOut?: string): ConfigurationFile | undefined {
  const out = givenValue(own.out, given) ?? usualOut;
  if (givenValue(own.resume, given) !== true || out === undefined) return undefined;
  const { config } = runFiles(out);
  if (!existsSync(config)) throw new UsageError(`${out} holds no run to resume: ${config} is not there`);
  return readConfiguration(config);
}

/** What a resumed run may do otherwise than before: nothing that changes the figures of steps that were taken. */
const changeable: readonly string[] = ['threads', 'epochs', 'data', 'splits', 'out', 'top-k', 'early-stop', 'max-time', 'on-nan'];

/** @throws UsageError for a setting that would make the run's second half another run's */
export function checkUnchanged(now: Readonly<Record<string, unknown>>, out: string): void {
  const { values: before } = readConfiguration(runFiles(out).config);
  // With more epochs, every step before would have been another.
  const free = endsWithTraining(now['schedule']) ? changeable.filter((name) => name !== 'epochs') : changeable;
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (!free.includes(name) && say(now[name]) !== say(before[name])) {
      throw new UsageError(`--${name} is ${say(now[name])}, and the run in ${out} has ${say(before[name])}; a resumed run keeps its settings`);
    }
  }
}

function say(value: unknown): string {
  return value === undefined ? 'not set' : String(value);
}
