import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readConfiguration } from '../configuration.ts';
import { CommandError, UsageError, isSystemError } from '../failure.ts';
import { besideName, writeFileAtomically } from '../files.ts';
import { overlayName } from '../report/examples.ts';
import { eventFileName } from '../tensorboard/event.ts';
import { topName } from './top-epochs.ts';

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
export function checkFree(folder: string, command: RunOrigin['command'], { replace = false }: { readonly replace?: boolean } = {}): void {
  if (existsSync(folder) && statSync(folder).isFile()) throw new UsageError(`--out: ${folder} is a file, not a folder`);
  const files = runFiles(folder);
  const there = Object.values(files).filter((file) => existsSync(file));
  if (there.length === 0) return;
  if (commandOf(files.config) !== command) {
    const names = there.map((file) => basename(file)).join(', ');
    throw new UsageError(`${folder} holds ${names}, which hypercorr ${command} did not write: give another --out, or move them away`);
  }
  if (existsSync(files.last) && !replace) {
    throw new UsageError(`${folder} holds a run already: --resume goes on with it, another --out begins a new one`);
  }
}

/**
 * Makes the folder of a new run, with its configuration; a run that was there is removed.
 *
 * @throws as `checkFree`; CommandError for a folder that cannot be written
 */
export async function createRun(folder: string, origin: RunOrigin, options: { readonly replace?: boolean } = {}): Promise<RunFiles> {
  checkFree(folder, origin.command, options);
  const files = runFiles(folder);
  try {
    await mkdir(folder, { recursive: true });
    // The checkpoint first: half a run is none to go on with. The configuration says whose it is until the new one is there.
    for (const file of [files.last, files.best, files.metrics, files.report]) rmSync(file, { force: true });
    const several = [[files.overlays, overlayName], [files.top, topName], [folder, eventFileName]] as const;
    for (const [where, own] of several) for (const name of namesIn(where).filter((each) => own.test(each))) rmSync(join(where, name));
    writeConfiguration(files, origin);
  } catch (cause) {
    throw isSystemError(cause) ? new CommandError(`cannot write to ${folder}: ${cause.message}`, { cause }) : cause;
  }
  return files;
}

/** Keeps a run's settings beside it, for `--resume`. */
export function writeConfiguration({ config }: RunFiles, { command, configuration }: RunOrigin): void {
  writeFileAtomically(config, `${JSON.stringify({ command, ...configuration }, null, 2)}\n`, { flush: true });
}

/** Whose run the settings in a file are of, if of any. */
function commandOf(path: string): string | undefined {
  try {
    return readConfiguration(path).command;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Removes what a program that was killed while it wrote has left beside the files of a run. */
export function removeHalfWritten(folder: string): void {
  const { overlays, top, ...single } = runFiles(folder);
  const own = Object.values(single).map((file) => basename(file));
  const isOwn = (name: string): boolean => own.includes(name.replace(besideName, ''));
  for (const name of namesIn(folder).filter((each) => besideName.test(each) && isOwn(each))) rmSync(join(folder, name), { force: true });
  for (const inner of [overlays, top]) for (const name of namesIn(inner).filter((each) => besideName.test(each))) rmSync(join(inner, name), { force: true });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
}
