import { canShareMemory } from '../backends/wasm/features.ts';
import { BackendError } from '../errors.ts';
import { reviveFailure } from './failure.ts';
import type { Answer, Order } from './protocol.ts';

/** A worker of a page, or of `node:worker_threads`. */
export type StartedWorker = PageWorker | NodeWorker;

/** The part of a page's `Worker` that this file uses. */
export interface PageWorker {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void;
  terminate(): void;
}

/** The part of a `Worker` of `node:worker_threads` that this file uses. */
export interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error' | 'messageerror', listener: (error: Error) => void): unknown;
  terminate(): Promise<number>;
}

/** A call to be carried out. */
interface Task {
  readonly method: string;
  readonly request: unknown;
  readonly transfer: readonly ArrayBuffer[];
  readonly onProgress: ((value: unknown) => void) | undefined;
}

interface Pending extends Pick<Task, 'onProgress'> {
  readonly id: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker from its start to its end. The worker has one task at a time. */
export class Session {
  /** Resolves when the worker's `open` has returned its methods; rejects with the error that `open` threw. */
  readonly opened: Promise<unknown>;
  readonly #worker: StartedWorker;
  readonly #flag = canShareMemory() ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
  #pending: Pending | undefined;
  #asked = 0;
  #end: Error | undefined;

  /** @param start makes the worker; `setup` is the argument of its `open` */
  constructor(start: () => StartedWorker, setup: unknown) {
    this.#worker = start();
    listen(
      this.#worker,
      (answer) => this.#receive(answer),
      (error) => this.end(error),
    );
    this.opened = this.#order((id) => ({ type: 'open', id, setup, flag: this.#flag }), [], undefined);
    this.opened.catch((error: unknown) => this.end(error instanceof Error ? error : new Error(String(error))));
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Has the worker carry out a call. */
  ask({ method, request, transfer, onProgress }: Task): Promise<unknown> {
    return this.#order((id) => ({ type: 'call', id, method, request }), transfer, onProgress);
  }

  /** Tells the worker that the current call was aborted. */
  abort(): void {
    if (this.#pending === undefined) return;
    const { id } = this.#pending;
    this.#pending = { ...this.#pending, onProgress: undefined };
    if (this.#flag !== undefined) Atomics.store(this.#flag, 0, id);
    this.#post({ type: 'abort', id });
  }

  /** Ends the worker; the call under way fails with `error`. */
  end(error: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    void this.#worker.terminate();
    this.#pending?.reject(error);
    this.#pending = undefined;
  }

  #order(
    orderOf: (id: number) => Order,
    transfer: readonly ArrayBuffer[],
    onProgress: Task['onProgress'],
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      this.#asked += 1;
      const id = this.#asked;
      this.#post(orderOf(id), transfer);
      this.#pending = { id, resolve, reject, onProgress };
    });
  }

  #post(order: Order, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(order, [...transfer]);
  }

  #receive(answer: Answer): void {
    const pending = this.#pending;
    if (pending?.id !== answer.id) return;
    switch (answer.type) {
      case 'progress':
        try {
          pending.onProgress?.(answer.value);
        } finally {
          this.#post({ type: 'seen', id: answer.id });
        }
        break;
      case 'result':
        this.#pending = undefined;
        pending.resolve(answer.value);
        break;
      case 'failure':
        this.#pending = undefined;
        pending.reject(reviveFailure(answer.failure));
        break;
      default:
        answer satisfies never;
    }
  }
}

function listen(worker: StartedWorker, onAnswer: (answer: Answer) => void, onEnd: (error: BackendError) => void): void {
  const ended = (why: string, cause?: unknown): void => onEnd(new BackendError('worker', why, { cause }));
  const unreadable = (): void => ended('what the worker sent cannot be read here');
  if ('on' in worker) {
    worker.on('message', (message) => onAnswer(message as Answer));
    worker.on('messageerror', unreadable);
    worker.on('error', (error) => ended(`the worker failed: ${error.message}`, error));
    return;
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => onAnswer(data));
  worker.addEventListener('messageerror', unreadable);
  worker.addEventListener('error', ({ message, error }) =>
    ended(`the worker could not be started, or failed: ${message || 'its script was not found'}`, error),
  );
}
