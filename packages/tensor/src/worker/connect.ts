import { BackendError, DisposedError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import type { Arguments, CallOptions, MethodsOf, Open, ResultOf, SetupOf } from './methods.ts';
import { Session, type StartedWorker } from './session.ts';

export interface ConnectOptions {
  /** Aborts the start and ends the worker. */
  readonly signal?: AbortSignal;
  /** Milliseconds that an aborted call may take to stop before its worker is replaced; 500 by default. */
  readonly grace?: number;
}

const connectOptions = { signal: true, grace: true };
const callOptionNames = { signal: true, onProgress: true, transfer: true };

/**
 * Starts a worker that runs `serve(open)`, and waits until `open` has returned its methods.
 *
 * @param start makes the worker. If a worker has to be replaced, `start` and `open` are called again.
 * @param setup the argument of `open`
 * @throws the error that `open` throws, with its type; BackendError for a script that cannot be run; the signal's
 * reason
 *
 * @example
 * const adder = await connect<OpenAdder>(() => new Worker(new URL('./adder.ts', import.meta.url), { type: 'module' }), { threads: 2 });
 * const total = await adder.call('sum', values, { signal });
 * adder.dispose();
 */
export async function connect<O extends Open>(
  start: () => StartedWorker,
  setup: SetupOf<O>,
  options: ConnectOptions = {},
): Promise<EngineWorker<MethodsOf<O>>> {
  checkOptions('connect', options, connectOptions);
  const { signal, grace = 500 } = options;
  signal?.throwIfAborted();
  const worker = new EngineWorker<MethodsOf<O>>(() => new Session(start, setup), grace);
  try {
    await unlessAborted(worker.ready(), signal);
    return worker;
  } catch (error) {
    worker.dispose();
    throw error;
  }
}

/**
 * A handle on a worker with an engine. The worker carries out calls one after another, in their order.
 *
 * An aborted call stops
 * - before it begins, if another call is still under way;
 * - between two operations inside `interruptible`, if memory is shared;
 * - when it awaits, reports progress or reads from a GPU, if memory is not shared;
 * - with its worker, if none of these has happened after `grace` milliseconds. The next call starts a new worker with the
 *   same setup. State that the old worker built up since its start is lost.
 */
export class EngineWorker<M> implements Disposable {
  readonly #begin: () => Session;
  readonly #grace: number;
  #session: Session;
  #previous: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** @internal Made by `connect`. */
  constructor(begin: () => Session, grace: number) {
    this.#begin = begin;
    this.#grace = grace;
    this.#session = begin();
  }

  /** @internal Resolves when the worker's methods are ready. */
  async ready(): Promise<void> {
    await this.#session.opened;
  }

  /**
   * Calls a method.
   *
   * @throws the error that the method throws: errors of this library and of the language keep their types; the signal's
   * reason; BackendError if the worker ends meanwhile; DisposedError after `dispose`
   */
  async call<K extends keyof M & string>(
    name: K,
    ...[request, options = {}]: Arguments<M[K]>
  ): Promise<ResultOf<M[K]>> {
    const callOptions = options as CallOptions<unknown>;
    checkOptions('call', callOptions, callOptionNames);
    const { signal, onProgress, transfer } = callOptions;
    signal?.throwIfAborted();
    const turn = this.#previous.then(() => this.#perform(name, request, { signal, onProgress, transfer }));
    this.#previous = turn.catch(() => {});
    return (await unlessAborted(turn, signal)) as ResultOf<M[K]>;
  }

  /** Ends the worker and all calls under way. */
  dispose(): void {
    this.#disposed = true;
    this.#session.end(new DisposedError('worker', 'the worker was disposed of'));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #perform(
    method: string,
    request: unknown,
    { signal, onProgress, transfer = [] }: CallOptions<unknown>,
  ): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#session.ended && !this.#disposed) this.#session = this.#begin();
    const session = this.#session;
    await session.opened;
    signal?.throwIfAborted();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      session.abort();
      timer = setTimeout(
        () => session.end(new BackendError('worker', 'an aborted call did not come to its end')),
        this.#grace,
      );
    };
    signal?.addEventListener('abort', stop);
    try {
      return await session.ask({ method, request, transfer, onProgress });
    } finally {
      signal?.removeEventListener('abort', stop);
      clearTimeout(timer);
    }
  }
}

/** Settles as the promise, or rejects with the signal's reason if the signal aborts first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let listener: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    listener = () => reject(signal.reason);
    signal.addEventListener('abort', listener);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (listener !== undefined) signal.removeEventListener('abort', listener);
  }
}
