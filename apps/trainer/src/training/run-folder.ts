import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, UsageError, isSystemError } from '../failure.ts';
import { writeFileAtomically } from '../files.ts';

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
  };
}

/**
 * Makes the folder of a new run, with its configuration.
 *
 * @param options `replace`: whether a run that is there may be removed
 * @throws UsageError where a run is that may not be removed; CommandError for a folder that cannot be written
 */
export async function createRun(
  folder: string,
  configuration: Readonly<Record<string, unknown>>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<RunFiles> {
  const files = runFiles(folder);
  if (existsSync(files.last) && !replace) {
    throw new UsageError(`${folder} holds a run already: --resume goes on with it, another --out begins a new one`);
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const file of Object.values(files)) rmSync(file, { recursive: true, force: true });
    writeFileAtomically(files.config, `${JSON.stringify(configuration, null, 2)}\n`);
  } catch (cause) {
    throw isSystemError(cause) ? new CommandError(`cannot write to ${folder}: ${cause.message}`, { cause }) : cause;
  }
  return files;
}

/** Removes what a program that was killed while it wrote has left beside the files. */
export function removeHalfWritten(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
  }
}
