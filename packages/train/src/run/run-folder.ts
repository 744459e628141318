import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventFileName } from '../events/event.ts';
import { RunError, RunUsageError, isSystemError } from '../errors.ts';
import { besideName, checkWritable, prepareFolder, writeFileAtomically } from '../files/files.ts';
import { pictureName } from '../report/picture-files.ts';
import { checkUnlocked } from './run-lock.ts';
import { topName } from './top-epochs.ts';

export type RunFiles = Readonly<ReturnType<typeof runFiles>>;

/** Where the files of a run in `folder` are. */
export function runFiles(folder: string) {
  return {
    config: join(folder, 'config.json'),
    history: join(folder, 'metrics.jsonl'),
    last: join(folder, 'last.safetensors'),
    best: join(folder, 'best.safetensors'),
    report: join(folder, 'report.html'),
    pictures: join(folder, 'overlays'),
    top: join(folder, 'top'),
  };
}

/** What began a run: a command, and its settings. */
export interface RunOrigin {
  /** `'train'` */
  readonly command: string;
  /** Settings by their names, as JSON. A resumed run reads them again. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/**
 * Checks that a new run may begin in a folder. A run of the same command without a checkpoint may be replaced; all other
 * files are left alone.
 *
 * @throws RunUsageError for files in the way
 */
export function checkFree(folder: string, command: RunOrigin['command']): void {
  if (existsSync(folder) && statSync(folder).isFile())
    throw new RunUsageError(`${folder} is a file; a run needs a folder`);
  const files = runFiles(folder);
  const there = Object.values(files).filter((file) => existsSync(file));
  if (there.length === 0) return;
  if (!isRunOf(folder, command)) {
    const names = there.map((file) => basename(file)).join(', ');
    throw new RunUsageError(
      `${folder} holds ${names}, which ${command} did not write: choose another folder, or move them away`,
    );
  }
  if (hasCheckpoint(folder))
    throw new RunUsageError(`${folder} holds a run already: resume it, or choose another folder for a new one`);
}

/**
 * Checks that `RunLock` and `createRun` would get a folder for a new run. Nothing is created.
 *
 * @throws as `checkFree`; RunError for a folder that cannot be written, or that another program is using
 */
export function checkNewRun(folder: string, command: RunOrigin['command']): void {
  checkUnlocked(folder);
  checkFree(folder, command);
  checkWritable(folder);
}

/**
 * Creates the folder of a new run, with its configuration. What an earlier run without a checkpoint left there is removed.
 *
 * @throws as `checkFree`; RunError for a folder that cannot be written
 */
export function createRun(folder: string, origin: RunOrigin): RunFiles {
  checkFree(folder, origin.command);
  prepareFolder(folder);
  const files = runFiles(folder);
  try {
    removeRun(folder);
  } catch (cause) {
    throw isSystemError(cause) ? new RunError(`cannot write to ${folder}: ${cause.message}`, { cause }) : cause;
  }
  writeConfiguration(files, origin);
  return files;
}

/** Removes a run's files except its configuration, which says who wrote them. */
function removeRun(folder: string): void {
  const { best, history, report, pictures, top } = runFiles(folder);
  for (const file of [best, history, report]) rmSync(file, { force: true });
  const several = [
    [pictures, pictureName],
    [top, topName],
    [folder, eventFileName],
  ] as const;
  for (const [where, own] of several)
    for (const name of namesIn(where).filter((each) => own.test(each))) rmSync(join(where, name));
}

/** Keeps a run's settings beside it, for resuming. */
export function writeConfiguration({ config }: Pick<RunFiles, 'config'>, { command, configuration }: RunOrigin): void {
  writeFileAtomically(config, `${JSON.stringify({ command, ...configuration }, null, 2)}\n`, { flush: true });
}

/** Whether a run can go on. One that was stopped before its first checkpoint cannot. */
export function hasCheckpoint(folder: string): boolean {
  return existsSync(runFiles(folder).last);
}

/** Whether a command began the run in a folder. */
export function isRunOf(folder: string, command: RunOrigin['command']): boolean {
  try {
    const settings: unknown = JSON.parse(readFileSync(runFiles(folder).config, 'utf8'));
    return typeof settings === 'object' && settings !== null && 'command' in settings && settings.command === command;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return false;
    throw error;
  }
}

/** Removes the half-written files that a killed program left beside the files of a run. */
export function removeHalfWritten(folder: string): void {
  const { pictures, top, ...single } = runFiles(folder);
  const own = Object.values(single).map((file) => basename(file));
  const isOwn = (name: string): boolean => own.includes(name.replace(besideName, ''));
  for (const name of namesIn(folder).filter((each) => besideName.test(each) && isOwn(each)))
    rmSync(join(folder, name), { force: true });
  for (const inner of [pictures, top])
    for (const name of namesIn(inner).filter((each) => besideName.test(each)))
      rmSync(join(inner, name), { force: true });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
}
