import { Worker } from 'node:worker_threads';
import { BackendError, FormatError } from '@hypercorr/tensor';
import type { Answer, ReaderSettings, Request } from './messages.ts';

interface Pending {
  /** What is read, for errors: `'episode 12'`. */
  readonly what: string;
  readonly resolve: (item: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads that read items. Each request goes to a worker at once, so that workers go on while this thread computes.
 * Each request is answered, or fails when its worker ends.
 */
export class ReaderPool {
  readonly #workers: readonly ReaderThread[];

  constructor(count: number, settings: ReaderSettings) {
    this.#workers = Array.from({ length: count }, () => new ReaderThread(settings));
  }

  /**
   * The item of a plan, from the worker with the fewest requests.
   *
   * @throws FormatError for faulty data, BackendError when the worker ended, any other error of the reader
   */
  read(plan: unknown, what: string): Promise<unknown> {
    const idlest = this.#workers.reduce((a, b) => (b.pending < a.pending ? b : a));
    return idlest.read(plan, what);
  }

  /** Ends the workers. Requests without an answer fail. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class ReaderThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #asked = 0;
  #closing = false;
  #end: Error | undefined;

  constructor(settings: ReaderSettings) {
    this.#worker = startWorker(settings);
    this.#worker.unref(); // a waiting worker does not keep a program alive
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('messageerror', (error) => {
      this.#fail(error);
      void this.#worker.terminate();
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new Error(`its exit code is ${code}`));
        resolve();
      });
    });
  }

  get pending(): number {
    return this.#pending.size;
  }

  read(plan: unknown, what: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(endedBefore(what, this.#end));
        return;
      }
      const id = this.#asked;
      // A plan that cannot be cloned throws here, before anything waits for it.
      this.#post({ type: 'read', id, plan });
      this.#asked += 1;
      // A worker at work keeps the program alive: somebody waits for it.
      this.#worker.ref();
      this.#pending.set(id, { what, resolve, reject });
    });
  }

  async close(): Promise<void> {
    if (this.#end === undefined && !this.#closing) {
      this.#closing = true;
      // The program waits for the end, whatever is answered before it.
      this.#worker.ref();
      this.#post({ type: 'close' });
    }
    await this.#ended;
  }

  #post(request: Request): void {
    this.#worker.postMessage(request);
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0 && !this.#closing) this.#worker.unref();
    switch (answer.type) {
      case 'item':
        pending.resolve(answer.item);
        break;
      case 'fault':
        pending.reject(new FormatError(answer.op, answer.message));
        break;
      case 'failure':
        pending.reject(answer.error);
        break;
    }
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { what, reject } of this.#pending.values()) reject(endedBefore(what, this.#end));
    this.#pending.clear();
  }
}

function endedBefore(what: string, cause: Error): BackendError {
  return new BackendError('prefetcher', `a worker thread ended before it had read ${what}: ${cause.message}`, {
    cause,
  });
}

/** Starts the worker beside this module, which is TypeScript in the sources. */
function startWorker(workerData: ReaderSettings): Worker {
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('worker-from-source.mjs', import.meta.url), { workerData, execArgv: ['--conditions=source'] })
    : new Worker(new URL('worker.js', import.meta.url), { workerData });
}
