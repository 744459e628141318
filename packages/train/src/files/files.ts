import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RunError, isSystemError, messageOf } from '../errors.ts';

/** The ending of temporary files' names. A file has such a name while it is being written. */
export const besideName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Whether two paths lead to the same existing file or folder, through any links. */
export function isSameFile(a: string, b: string): boolean {
  if (!existsSync(a) || !existsSync(b)) return false;
  // Some systems have file numbers beyond 2^53.
  const [first, second] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return first.ino === second.ino && first.dev === second.dev;
}

/** Creates a folder for results and checks that it is writable. Call it before long work starts. @throws RunError that names the folder */
export function prepareFolder(folder: string): void {
  checkWritable(folder);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new RunError(`cannot write to ${folder}: ${messageOf(cause)}`, { cause });
  }
}

/** Checks that `prepareFolder` could create a folder and write to it. Creates nothing. @throws RunError that names the folder */
export function checkWritable(folder: string): void {
  let there = resolve(folder);
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  if (!statSync(there).isDirectory())
    throw new RunError(
      `cannot write to ${folder}: ${there === resolve(folder) ? 'it' : there} is a file, not a folder`,
    );
  try {
    accessSync(there, constants.W_OK);
  } catch (cause) {
    throw new RunError(`cannot write to ${folder}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Creates the folder of a result file and checks that it is writable. Call it before long work starts.
 *
 * @param path of the file; an existing file stays as it is
 * @throws RunError that names the file
 */
export function prepareToWrite(path: string): void {
  prepareFolder(dirname(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new RunError(`cannot write ${path}: it is a folder; name a file in it`);
}

/**
 * Writes a file completely or not at all: first under a temporary name beside its place, then renamed. Creates the folder if needed.
 * The writing is synchronous, so that pressing Ctrl-C twice leaves no half-written file either.
 *
 * @param options `flush`: whether the content is on the disk before the file gets its name, so that a power cut leaves no empty file
 * @throws RunError that names the file; an earlier file of that name is unchanged
 */
export function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  { flush = false }: { readonly flush?: boolean } = {},
): void {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, content, { flag: 'wx', flush });
    renameSync(beside, path);
  } catch (cause) {
    try {
      rmSync(beside, { force: true });
    } catch {
      // The first error is the one to report.
    }
    throw new RunError(`could not write ${path}: ${messageOf(cause)}; what was there is unchanged`, { cause });
  }
}

/**
 * Appends to a file, creating it if needed. If the disk fills up, the last content may be written in part.
 *
 * @throws RunError that names the file
 */
export async function appendToFile(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await appendFile(path, content);
  } catch (cause) {
    throw isSystemError(cause) ? new RunError(`could not write ${path}: ${cause.message}`, { cause }) : cause;
  }
}

/** Waits until everything appended to a file is on the disk. @throws RunError that names the file */
export async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw isSystemError(cause) ? new RunError(`could not write ${path}: ${cause.message}`, { cause }) : cause;
  }
}
