import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RunError, isSystemError, messageOf } from '../errors.ts';

/** The end of the name of a file that is being written. */
export const besideName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Whether two names, by whatever links, are of one file or folder that is there. */
export function isSameFile(a: string, b: string): boolean {
  if (!existsSync(a) || !existsSync(b)) return false;
  // Some systems have file numbers beyond 2^53.
  const [first, second] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return first.ino === second.ino && first.dev === second.dev;
}

/** Makes a folder for results, and tries whether it can be written to: before what takes long. @throws RunError that names it */
export function prepareFolder(folder: string): void {
  checkWritable(folder);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new RunError(`cannot write to ${folder}: ${messageOf(cause)}`, { cause });
  }
}

/** Whether `prepareFolder` could make a folder and write to it, without making anything. @throws RunError that names it */
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
 * Makes the folder that a result will be written to, and tries whether it can be: before what takes long, not after it.
 *
 * @param path of the file, which is left as it is
 * @throws RunError that names the file
 */
export function prepareToWrite(path: string): void {
  prepareFolder(dirname(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new RunError(`cannot write ${path}: it is a folder; name a file in it`);
}

/**
 * Writes a file that is there as a whole or not at all: beside its place first, then renamed. Makes the folder it is in.
 * It does so in one go: who presses Ctrl-C twice finds no half of it either.
 *
 * @param options `flush`: whether it is on the disk before it has its name, so that a power cut leaves no empty file either
 * @throws RunError that names the file; one that was there before is unchanged
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
      // What went wrong first is what matters.
    }
    throw new RunError(`could not write ${path}: ${messageOf(cause)}; what was there is unchanged`, { cause });
  }
}

/**
 * Adds to the end of a file, and makes it if it is not there. What is written last when the disk fills up may be there in
 * part.
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

/** Waits until what was added to a file is on the disk. @throws RunError that names the file */
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
