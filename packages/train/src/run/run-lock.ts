import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { RunError, isSystemError, messageOf } from '../errors.ts';
import { prepareFolder } from '../files/files.ts';
import type { StopRequest } from '../watch.ts';

/** In a run's folder while a program is at work there. */
export const lockName = 'run.lock';

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** See `beginningOf`. */
  began: z.string(),
  command: z.string(),
  since: z.string(),
  /** Told from every other lock by this. */
  id: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/** Locks of this very process. One with its number that is not among them was left by another, in a container say, where numbers start again. */
const held = new Set<string>();

/** What a lock is being written for at most; half of one that is there for longer was left by a program that was killed. */
const writingMilliseconds = 500;

/**
 * A folder that is one program's to write into, until it is disposed of. A lock whose program is gone (`kill -9`, a power
 * cut) is no hindrance: it is taken over.
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
   * Locks a folder, which is made if it is not there, and is gone again if nothing comes to be in it. It is unlocked when the
   * program is told to end at once, too.
   *
   * @throws RunError that says which program is at work there; as `prepareFolder`
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
      // Of several programs that find it one removes it, and nobody removes what comes after it: that takes a lock, too.
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
      // There are files in the folder; or the disk fails, and as this program does not hold the lock any more, the next one takes it over.
    }
  }
}

/**
 * Refuses a folder that another program is at work in, without locking it.
 *
 * @throws RunError that says which one
 */
export function checkUnlocked(folder: string): void {
  const path = join(folder, lockName);
  const text = readIfThere(path);
  if (text !== undefined) checkIsLeftOver(path, text);
}

/** @throws RunError for the lock of a program that is at work */
function checkIsLeftOver(path: string, text: string): void {
  const holder = holderOf(text);
  if (holder !== undefined && isAtWork(holder, text)) throw inUse(path, holder);
}

/** @returns false where there is a file already, and where this one was so slow that it was taken for a half one that was left over */
function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return readIfThere(path) === text;
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') return false;
    throw new RunError(`could not write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Removes a lock, if it is this one. */
function remove(path: string, text: string): void {
  if (readIfThere(path) !== text) return;
  try {
    rmSync(path);
  } catch (cause) {
    throw new RunError(`could not remove ${path}, whose program is over: ${messageOf(cause)}`, { cause });
  }
}

function isAtWork({ pid, host, began }: Holder, text: string): boolean {
  // What runs elsewhere cannot be seen from here.
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(text);
  const now = beginningOf(pid);
  return now !== undefined && (now === began || now === unknown || began === unknown);
}

function inUse(path: string, { pid, host, command, since }: Holder): RunError {
  const who = `process ${pid}${host === hostname() ? '' : ` on ${host}`}, hypercorr ${command}, at work there since ${since}`;
  const remedy =
    host === hostname()
      ? `wait for it, or stop it (kill ${pid} saves a run) and go on with --resume`
      : `it cannot be seen from here: if it is over, remove ${path}`;
  return new RunError(`${dirname(path)} is in use by ${who}; ${remedy}; another --out begins another run`);
}

const unknown = 'unknown';

/**
 * When a process began, in Linux's ticks since the machine did: numbers of processes come again, and soon in containers.
 *
 * @returns `unknown` where the system does not tell; undefined for one that is gone
 */
function beginningOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's is there, too.
    if (!isSystemError(error) || error.code !== 'EPERM') return undefined;
  }
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return unknown;
  }
  // The second field is a name in brackets, which may hold anything: the third, the state, comes after the last bracket.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie is over: nobody has asked yet how it ended.
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
