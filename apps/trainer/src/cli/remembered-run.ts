import { existsSync } from 'node:fs';
import { runFiles } from '@hypercorr/train/node';
import { readConfiguration } from './configuration.ts';
import { UsageError } from './failure.ts';
import {
  givenValue,
  resolveOptions,
  type ConfigurationFile,
  type Given,
  type OptionTable,
  type Settings,
} from './option.ts';
import { own } from './options.ts';
import { endsWithTraining } from './schedule.ts';

/**
 * With `--resume`, reads the settings that the run began with. Without it, gives undefined.
 *
 * @param out the run's folder; `--out` by default
 * @throws UsageError if the folder holds no run, or a run of another command
 */
export function rememberedRun(
  given: Given,
  command: string,
  out = givenValue(own.out, given),
): ConfigurationFile | undefined {
  if (givenValue(own.resume, given) !== true || out === undefined) return undefined;
  const { config } = runFiles(out);
  if (!existsSync(config)) throw new UsageError(`${out} holds no run to resume: ${config} does not exist`);
  const remembered = readConfiguration(config);
  const { command: whose } = remembered;
  if (whose !== undefined && whose !== command) {
    // The run of a pretraining lies beside the file that it writes.
    const { out: file } = remembered.values;
    const named = whose === 'pretrain' && typeof file === 'string' ? file : out;
    throw new UsageError(
      `hypercorr ${whose} began the run in ${out}: go on with it by hypercorr ${whose} --out ${named} --resume`,
    );
  }
  return remembered;
}

/** The settings that the run in `out` began with. An option that is newer than the run gets its default. @throws as `resolveOptions` */
export function rememberedSettings<Table extends OptionTable>(options: Table, out: string): Settings<Table> {
  const files = [readConfiguration(runFiles(out).config)];
  return resolveOptions(options, { flags: {}, environment: {}, files }).settings;
}

type Configuration = Readonly<Record<string, unknown>>;

/**
 * Settings that a resumed run may change. None of them affects the figures of earlier steps. Folders may move: checkpoints say
 * what is in them.
 */
const changeable: readonly string[] = [
  'threads',
  'epochs',
  'data',
  'splits',
  'cut-outs',
  'backgrounds',
  'out',
  'top-k',
  'early-stop',
  'max-time',
  'on-nan',
];

/** @throws UsageError for a setting that would make the run's second half another run's */
export function checkUnchanged(now: Configuration, before: Configuration, out: string): void {
  const isFixed = (name: string): boolean =>
    !changeable.includes(name) || (name === 'epochs' && endsWithTraining(now['schedule']));
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (isFixed(name) && say(now[name]) !== say(before[name]))
      throw new UsageError(
        `--${name} is ${say(now[name])}, and the run in ${out} has ${say(before[name])}; a resumed run keeps its settings`,
      );
  }
}

function say(value: unknown): string {
  return value === undefined ? 'not set' : String(value);
}
