import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { FolderInUseError, RunError, isSystemError, messageOf } from '../errors.ts';
import { prepareFolder } from '../files/files.ts';
import type { StopRequest } from '../watch.ts';

/** The name of the lock file. A run folder holds it while a program works there. */
export const lockName = 'run.lock';

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** See `beginningOf`. */
  began: z.string(),
  command: z.string(),
  since: z.string(),
  /** Unique to each lock. */
  id: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/**
 * The locks that this process holds. A lock with this process's number that is not among them was left by an earlier process: in a
 * container, for example, process numbers start again.
 */
const held = new Set<string>();

/** How long writing a lock may take. A half-written lock that is older was left by a killed program. */
const writingMilliseconds = 500;

/**
 * Lets only one program write into a folder until the lock is disposed of. A lock whose program is gone (`kill -9`, a power cut) is
 * taken over.
 */
export class RunLock implements Disposable {
  readonly #path: string;
  readonly #text: string;
  #madeFolder = false;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    held.add(text);
  }

  /**
   * Locks a run folder, creating it if needed. Disposing removes the folder again if it is still empty. The lock is also removed when
   * the program is told to end at once.
   *
   * @param command what works there now, as people know it: `'hypercorr train'`
   * @throws FolderInUseError that names the program at work there, if there is one; RunError as `prepareFolder`
   */
  static async take(folder: string, command: string, stop: Pick<StopRequest, 'onAbort'>): Promise<RunLock> {
    const isNew = !existsSync(folder);
    prepareFolder(folder);
    const began = beginningOf(process.pid) ?? unknown;
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      began,
      command,
      since: new Date().toISOString(),
      id: randomUUID(),
    };
    const lock = await RunLock.#write(join(folder, lockName), `${JSON.stringify(holder)}\n`);
    lock.#madeFolder = isNew;
    stop.onAbort(() => lock[Symbol.dispose]());
    return lock;
  }

  static async #write(path: string, text: string): Promise<RunLock> {
    while (!writeNew(path, text)) {
      const found = readIfThere(path);
      if (found === undefined) continue;
      checkIsLeftOver(path, found);
      if (holderOf(found) === undefined) await setTimeout(writingMilliseconds);
      // Several programs may find the same leftover lock. A second lock lets only one of them remove it, and keeps the others from removing its successor.
      using _ = await RunLock.#write(`${path}.lock`, text);
      remove(path, found);
    }
    return new RunLock(path, text);
  }

  [Symbol.dispose](): void {
    held.delete(this.#text);
    try {
      remove(this.#path, this.#text);
      if (this.#madeFolder) rmdirSync(dirname(this.#path));
    } catch {
      // Either the folder holds files, or the disk fails. After a failure the next program takes the lock over, since this one no longer holds it.
    }
  }
}

/**
 * Checks that no other program is at work in a folder. Does not lock it.
 *
 * @throws FolderInUseError that names the program at work there
 */
export function checkUnlocked(folder: string): void {
  const path = join(folder, lockName);
  const text = readIfThere(path);
  if (text !== undefined) checkIsLeftOver(path, text);
}

/** @throws RunError if the program that wrote the lock is still at work */
function checkIsLeftOver(path: string, text: string): void {
  const holder = holderOf(text);
  if (holder !== undefined && isAtWork(holder, text)) throw inUse(path, holder);
}

/** @returns false if the file exists already, or if writing was so slow that another program removed the file as a leftover */
function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return readIfThere(path) === text;
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') return false;
    throw new RunError(`could not write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Removes the lock file if it still holds this text. */
function remove(path: string, text: string): void {
  if (readIfThere(path) !== text) return;
  try {
    rmSync(path);
  } catch (cause) {
    throw new RunError(`could not remove ${path}, the lock of a program that has ended: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function isAtWork({ pid, host, began }: Holder, text: string): boolean {
  // Processes of another machine cannot be seen from here.
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(text);
  const now = beginningOf(pid);
  return now !== undefined && (now === began || now === unknown || began === unknown);
}

function inUse(path: string, { pid, host, command, since }: Holder): FolderInUseError {
  const who = `process ${pid}${host === hostname() ? '' : ` on ${host}`}, ${command}, at work there since ${since}`;
  const remedy =
    host === hostname()
      ? `wait for it, or stop it (kill ${pid} saves a run) and resume the run`
      : `it cannot be seen from here: if it is over, remove ${path}`;
  return new FolderInUseError(`${dirname(path)} is in use by ${who}; ${remedy}`);
}

const unknown = 'unknown';

/**
 * When a process began, in Linux's clock ticks since the machine started. The number of a process alone does not identify it, because
 * numbers are used again, and soon in containers.
 *
 * @returns `unknown` if the system does not tell; undefined if the process is gone
 */
function beginningOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process exists and belongs to another user.
    if (!isSystemError(error) || error.code !== 'EPERM') return undefined;
  }
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return unknown;
  }
  // The second field is a name in brackets, which may hold any character. The third field, the state, follows the last bracket.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; its parent has not yet asked for its exit code.
  return state === 'Z' ? undefined : (fields[22 - 4] ?? unknown);
}

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw new RunError(`could not read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
