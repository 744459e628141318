import { existsSync } from 'node:fs';
import { readConfiguration } from '../cli/configuration.ts';
import { UsageError } from '../cli/failure.ts';
import {
  givenValue,
  resolveOptions,
  type ConfigurationFile,
  type Given,
  type OptionTable,
  type Settings,
} from '../cli/option.ts';
import { own } from '../cli/options.ts';
import { configurationFile, type RunOrigin } from './run-folder.ts';
import { endsWithTraining } from './schedule.ts';

/**
 * With `--resume`, the settings that the run in `--out` was started with.
 *
 * @throws UsageError where there is no run, or another command's
 */
export function rememberedRun(
  given: Given,
  command: RunOrigin['command'],
  usualOut?: string,
): ConfigurationFile | undefined {
  const out = givenValue(own.out, given) ?? usualOut;
  if (givenValue(own.resume, given) !== true || out === undefined) return undefined;
  const config = configurationFile(out);
  if (!existsSync(config)) throw new UsageError(`${out} holds no run to resume: ${config} is not there`);
  const remembered = readConfiguration(config);
  const { command: whose } = remembered;
  if (whose !== undefined && whose !== command)
    throw new UsageError(
      `${out} holds a run of hypercorr ${whose}: go on with it by hypercorr ${whose} --out ${out} --resume`,
    );
  return remembered;
}

/** What a resumed run may do otherwise than before: nothing that changes the figures of steps that were taken. */
const changeable: readonly string[] = [
  'threads',
  'epochs',
  'data',
  'splits',
  'out',
  'top-k',
  'early-stop',
  'max-time',
  'on-nan',
];

/** The settings that the run in `out` was started with; an option that came into being later has its default. @throws as `resolveOptions` */
export function rememberedSettings<Table extends OptionTable>(options: Table, out: string): Settings<Table> {
  return resolveOptions(options, { flags: {}, environment: {}, files: [readConfiguration(configurationFile(out))] })
    .settings;
}

type Configuration = Readonly<Record<string, unknown>>;

/** @throws UsageError for a setting that would make the run's second half another run's */
export function checkUnchanged(now: Configuration, before: Configuration, out: string): void {
  // With more epochs, every step before would have been another.
  const free = endsWithTraining(now['schedule']) ? changeable.filter((name) => name !== 'epochs') : changeable;
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (!free.includes(name) && say(now[name]) !== say(before[name])) {
      throw new UsageError(
        `--${name} is ${say(now[name])}, and the run in ${out} has ${say(before[name])}; a resumed run keeps its settings`,
      );
    }
  }
}

function say(value: unknown): string {
  return value === undefined ? 'not set' : String(value);
}
