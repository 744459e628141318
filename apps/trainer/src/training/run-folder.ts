import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readConfiguration } from '../cli/configuration.ts';
import { CommandError, UsageError, isSystemError } from '../cli/failure.ts';
import { besideName, checkWritable, prepareFolder, writeFileAtomically } from '../files.ts';
import { overlayName } from '../report/examples.ts';
import { eventFileName } from '../tensorboard/event.ts';
import { checkUnlocked } from './run-lock.ts';
import { topName } from './top-epochs.ts';

/** The folder, in a run's own, of a run that is to take its place. */
const newcomer = 'new-run';

export type RunFiles = Readonly<ReturnType<typeof runFiles>>;

/** Where the files of a run in `folder` are. */
export function runFiles(folder: string) {
  return {
    config: join(folder, 'config.json'),
    metrics: join(folder, 'metrics.jsonl'),
    last: join(folder, 'last.safetensors'),
    best: join(folder, 'best.safetensors'),
    report: join(folder, 'report.html'),
    overlays: join(folder, 'overlays'),
    top: join(folder, 'top'),
  };
}

/** What a run is of: a command, and its settings. */
export interface RunOrigin {
  readonly command: 'train' | 'demo';
  readonly configuration: Readonly<Record<string, unknown>>;
}

/**
 * Whether a new run may begin in a folder. What lies there is left alone, but for a run that the same command began: one
 * without a checkpoint, or any if `replace` says so.
 *
 * @throws UsageError for files in the way
 */
export function checkFree(
  folder: string,
  command: RunOrigin['command'],
  { replace = false }: { readonly replace?: boolean } = {},
): void {
  if (existsSync(folder) && statSync(folder).isFile()) throw new UsageError(`--out: ${folder} is a file, not a folder`);
  const files = runFiles(folder);
  const there = [...Object.values(files), join(folder, newcomer)].filter((file) => existsSync(file));
  if (there.length === 0) return;
  if (!isRunOf(folder, command)) {
    const names = there.map((file) => basename(file)).join(', ');
    throw new UsageError(
      `${folder} holds ${names}, which hypercorr ${command} did not write: give another --out, or move them away`,
    );
  }
  if (existsSync(files.last) && !replace) {
    throw new UsageError(`${folder} holds a run already: --resume goes on with it, another --out begins a new one`);
  }
}

/**
 * Whether `RunLock` and `createRun` would get a folder for a new run, without making anything.
 *
 * @throws as `checkFree`; CommandError for a folder that cannot be written, or that another program is at work in
 */
export function checkNewRun(
  folder: string,
  command: RunOrigin['command'],
  options: { readonly replace?: boolean } = {},
): void {
  checkUnlocked(folder);
  checkFree(folder, command, options);
  checkWritable(folder);
}

/**
 * Makes the folder of a new run, with its configuration. Where a run with weights is to be replaced, it stays as it is until
 * the new one has a checkpoint: the new one is kept beside it until then (`takePlace`).
 *
 * @returns where the new run is kept
 * @throws as `checkFree`; CommandError for a folder that cannot be written
 */
export function createRun(folder: string, origin: RunOrigin, options: { readonly replace?: boolean } = {}): RunFiles {
  checkFree(folder, origin.command, options);
  const there = runFiles(folder);
  const place = existsSync(there.last) || existsSync(there.best) ? join(folder, newcomer) : folder;
  prepareFolder(folder);
  const files = runFiles(place);
  changing(folder, () => {
    rmSync(join(folder, newcomer), { recursive: true, force: true });
    if (place === folder) removeRun(folder);
    writeConfiguration(files, origin);
  });
  return files;
}

/**
 * Lets a run that is kept beside another, and has its first checkpoint, take that one's place. Where that was cut off it is
 * finished, and weights are there at every moment. A newcomer without a checkpoint is removed.
 *
 * @throws CommandError for a folder that cannot be written
 */
export function takePlace(folder: string): void {
  const beside = join(folder, newcomer);
  const [from, to] = [runFiles(beside), runFiles(folder)];
  changing(folder, () => {
    if (existsSync(from.last)) {
      // The configuration is the first to move: without it, what was there before is removed already.
      if (existsSync(from.config)) {
        removeRun(folder, { except: to.last });
        renameSync(from.config, to.config);
      }
      for (const name of namesIn(beside).filter((each) => each !== basename(from.last)))
        renameSync(join(beside, name), join(folder, name));
      renameSync(from.last, to.last);
    }
    rmSync(beside, { recursive: true, force: true });
  });
}

/** The settings of the run in a folder: of one that was cut off when it took another's place, its own. */
export function configurationFile(folder: string): string {
  const { last, config } = runFiles(join(folder, newcomer));
  return existsSync(last) && existsSync(config) ? config : runFiles(folder).config;
}

/** Removes a run's files but its configuration, which says whose it is until the new one is there. The checkpoint first: half a run is none to go on with. */
function removeRun(folder: string, { except }: { readonly except?: string } = {}): void {
  const { last, best, metrics, report, overlays, top } = runFiles(folder);
  for (const file of [last, best, metrics, report]) if (file !== except) rmSync(file, { force: true });
  const several = [
    [overlays, overlayName],
    [top, topName],
    [folder, eventFileName],
  ] as const;
  for (const [where, own] of several)
    for (const name of namesIn(where).filter((each) => own.test(each))) rmSync(join(where, name));
}

/** @throws CommandError that names the folder, where the system refuses a change in it */
function changing(folder: string, change: () => void): void {
  try {
    change();
  } catch (cause) {
    throw isSystemError(cause) ? new CommandError(`cannot write to ${folder}: ${cause.message}`, { cause }) : cause;
  }
}

/** Keeps a run's settings beside it, for `--resume`. */
export function writeConfiguration({ config }: RunFiles, { command, configuration }: RunOrigin): void {
  writeFileAtomically(config, `${JSON.stringify({ command, ...configuration }, null, 2)}\n`, { flush: true });
}

/** Whether the settings in a folder are of a run that the command began. */
export function isRunOf(folder: string, command: RunOrigin['command']): boolean {
  try {
    return readConfiguration(runFiles(folder).config).command === command;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** Removes what a program that was killed while it wrote has left beside the files of a run. */
export function removeHalfWritten(folder: string): void {
  const { overlays, top, ...single } = runFiles(folder);
  const own = Object.values(single).map((file) => basename(file));
  const isOwn = (name: string): boolean => own.includes(name.replace(besideName, ''));
  for (const name of namesIn(folder).filter((each) => besideName.test(each) && isOwn(each)))
    rmSync(join(folder, name), { force: true });
  for (const inner of [overlays, top])
    for (const name of namesIn(inner).filter((each) => besideName.test(each)))
      rmSync(join(inner, name), { force: true });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
}
