import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError, messageOf } from './failure.ts';

/** The end of the name of a file that is being written. */
export const besideName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/**
 * Makes the folder that a result will be written to, and tries whether it can be: before what takes long, not after it.
 *
 * @param path of the file, which is left as it is
 * @throws CommandError that names the file
 */
export function prepareToWrite(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new CommandError(`cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new CommandError(`cannot write ${path}: it is a folder; name a file in it`);
}

/**
 * Writes a file that is there as a whole or not at all: beside its place first, then renamed. Makes the folder it is in.
 * It does so in one go: who presses Ctrl-C twice finds no half of it either.
 *
 * @throws CommandError that names the file; one that was there before is unchanged
 */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, content, { flag: 'wx' });
    renameSync(beside, path);
  } catch (cause) {
    if (existsSync(beside)) rmSync(beside);
    throw new CommandError(`could not write ${path}: ${messageOf(cause)}; what was there is unchanged`, { cause });
  }
}
