/**
 * Lets the disk under a run fail, or the program be killed, at a chosen operation on its files: between Node's file system
 * and whoever calls it, so that nothing of the program has to know.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

export interface DiskFault {
  /** Only operations on files below it count. */
  readonly folder: string;
  /** The number, from 0, of the first operation that it happens at. */
  readonly at: number;
  /**
   * `full`: writing stops half-way from there on, and nothing can be made; `read-only`: nothing can be changed from there
   * on; `kill`: the program ends half-way through the operation, as by `kill -9`.
   */
  readonly effect: 'full' | 'read-only' | 'kill';
}

/** An operation that changes something, with its file: "write last.safetensors". */
export type Operation = string;

const reasons = {
  full: ['ENOSPC', -28, 'no space left on device'],
  'read-only': ['EROFS', -30, 'read-only file system'],
} as const;

/** Counts a folder's operations, and lets them fail, until it is disposed of. */
export class FaultyDisk implements Disposable {
  readonly operations: Operation[] = [];
  readonly #fault: DiskFault;
  readonly #restore: (() => void)[] = [];

  constructor(fault: DiskFault) {
    this.#fault = fault;
    const { promises } = fs;
    const { writeFileSync, appendFileSync, writeSync } = fs;
    this.#intercept(fs, 'mkdirSync', ([path]) => this.#reach('make', path));
    this.#intercept(fs, 'openSync', ([path, flags]) => flags !== 'r' && this.#reach('make', path));
    this.#intercept(fs, 'rmSync', ([path]) => this.#reach('remove', path));
    this.#intercept(fs, 'renameSync', ([, to]) => this.#reach('rename', to));
    this.#intercept(fs, 'writeFileSync', ([path, content, options]) =>
      this.#reach('write', path, () => writeFileSync(path as string, half(content), options as object)),
    );
    this.#intercept(promises, 'mkdir', ([path]) => this.#reach('make', path));
    this.#intercept(promises, 'rename', ([, to]) => this.#reach('rename', to));
    this.#intercept(promises, 'appendFile', ([path, content]) =>
      this.#reach('append', path, () => appendFileSync(path as string, half(content))),
    );
    const reach = (path: unknown, halfDone: () => void): void => this.#reach('write', path, halfDone);
    const intercept = this.#intercept.bind(this);
    const { open } = promises;
    Reflect.set(promises, 'open', async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      const [path, flags] = args;
      if (flags !== 'r') {
        intercept(handle, 'write', ([data, offset, length]) =>
          reach(
            path,
            () => void writeSync(handle.fd, data as Uint8Array, offset as number, Math.floor((length as number) / 2)),
          ),
        );
      }
      return handle;
    });
    this.#restore.push(() => Reflect.set(promises, 'open', open));
    syncBuiltinESMExports();
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
    syncBuiltinESMExports();
  }

  #intercept(target: object, name: string, before: (args: readonly unknown[]) => unknown): void {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') throw new TypeError(`there is no ${name}`);
    this.#restore.push(() => Reflect.set(target, name, original));
    Reflect.set(target, name, function intercepted(this: unknown, ...args: readonly unknown[]): unknown {
      before(args);
      return Reflect.apply(original, this, args);
    });
  }

  #reach(operation: string, path: unknown, halfDone?: () => void): void {
    const { folder, at, effect } = this.#fault;
    if (typeof path !== 'string' || !path.startsWith(folder)) return;
    const number = this.operations.length;
    this.operations.push(`${operation} ${nameOf(path)}`);
    if (number < at) return;
    if (effect === 'kill') {
      halfDone?.();
      process.kill(process.pid, 'SIGKILL');
      // The signal comes before the program goes on.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
    } else {
      // These need no space.
      if (effect === 'full' && (operation === 'rename' || operation === 'remove')) return;
      if (effect === 'full') halfDone?.();
      const [code, errno, reason] = reasons[effect];
      throw Object.assign(new Error(`${code}: ${reason}, ${operation} '${path}'`), {
        code,
        errno,
        syscall: operation,
        path,
      });
    }
  }
}

function half(content: unknown): string | Uint8Array {
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    throw new TypeError('a file is written from text or bytes here');
  return content.slice(0, content.length / 2);
}

/** Without what differs from run to run: random parts of names, and times. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.[0-9a-f-]{36}\.tmp$/, '')
    .replace(/\.\d{10}\.\d{3}\./, '.');
}
