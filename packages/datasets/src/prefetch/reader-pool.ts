import { Worker } from 'node:worker_threads';
import { BackendError, FormatError } from '@hypercorr/tensor';
import type { EpisodeItem, Sample } from '../episode/dataset.ts';
import type { ReadingOptions } from '../files/read-sample.ts';
import type { Size } from '../image/image.ts';
import type { Answer, Request } from './messages.ts';

interface Pending {
  readonly sample: Sample;
  readonly resolve: (item: EpisodeItem) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads that read samples. Requests are handed over at once, so that the workers go on while this thread
 * computes; each is answered, or fails when its worker ends.
 */
export class WorkerPool {
  readonly #workers: readonly ImageWorker[];

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => new ImageWorker());
  }

  /** As `readSample`. @throws FormatError for faulty files, BackendError when the worker ended */
  read(sample: Sample, size: Size | undefined, options: ReadingOptions): Promise<EpisodeItem> {
    const idlest = this.#workers.reduce((a, b) => (b.pending < a.pending ? b : a));
    return idlest.read(sample, size, options);
  }

  /** Ends the workers; what was asked and not yet answered fails. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class ImageWorker {
  readonly #worker = startWorker();
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #asked = 0;
  #closing = false;
  #end: Error | undefined;

  constructor() {
    this.#worker.unref(); // a waiting worker does not keep a program alive
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new Error(`it ended with exit code ${code}`));
        resolve();
      });
    });
  }

  get pending(): number {
    return this.#pending.size;
  }

  read(sample: Sample, size: Size | undefined, options: ReadingOptions): Promise<EpisodeItem> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(endedWhile(sample, this.#end));
        return;
      }
      // A worker at work keeps the program alive: somebody waits for it.
      this.#worker.ref();
      const id = this.#asked;
      this.#asked += 1;
      this.#pending.set(id, { sample, resolve, reject });
      this.#post({ type: 'read', id, sample, size, options });
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
        // The sample of this thread, not the copy that came back: callers compare them.
        pending.resolve({ ...answer.item, sample: pending.sample });
        break;
      case 'fault':
        pending.reject(new FormatError(answer.op, answer.message));
        break;
      case 'failure':
        pending.reject(answer.error instanceof Error ? answer.error : new Error(String(answer.error)));
        break;
    }
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { sample, reject } of this.#pending.values()) reject(endedWhile(sample, this.#end));
    this.#pending.clear();
  }
}

function endedWhile({ image }: Sample, cause: Error): BackendError {
  return new BackendError('loader', `an image worker ended, and ${image} was still to be read: ${cause.message}`, {
    cause,
  });
}

/** Starts the worker beside this module, which is TypeScript in the sources. */
function startWorker(): Worker {
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('worker-from-source.mjs', import.meta.url), { execArgv: ['--conditions=source'] })
    : new Worker(new URL('worker.js', import.meta.url));
}
