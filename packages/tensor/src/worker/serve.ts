import { BackendError } from '../errors.ts';
import { forEachTensor } from '../tree.ts';
import { describeFailure } from './failure.ts';
import type { Call, Methods } from './methods.ts';
import { ownedBuffers, type Answer, type Order } from './protocol.ts';

/**
 * Makes this worker serve the page (or Node thread) that started it with `connect`. Call it before the first `await`
 * of the worker's script.
 *
 * @param open sets up the worker, and returns its methods. Arrays in the result of a method are transferred: the worker
 * finds them empty afterwards.
 *
 * @example
 * const open = async ({ threads }: { threads: number }) => {
 *   await init(wasm({ threads }));
 *   return { sum: async (values: Float32Array, call: Call) => item(interruptible(call, () => sum(fromArray(values, [values.length])))) };
 * };
 * export type OpenAdder = typeof open;
 * serve(open);
 */
export function serve<Setup, M extends Methods<M>>(open: (setup: Setup) => M | Promise<M>): void {
  const port = callerPort();
  let methods: M | undefined;
  let flag: Int32Array | undefined;
  let current: ServedCall | undefined;

  const post = (answer: Answer): void =>
    port.postMessage(answer, answer.type === 'failure' ? [] : ownedBuffers(answer.value));

  async function answer(id: number, work: (call: ServedCall) => unknown): Promise<void> {
    const call = new ServedCall(id, flag, (value) => post({ type: 'progress', id, value }));
    current = call;
    try {
      const value = await work(call);
      forEachTensor(value, () => {
        throw new BackendError('serve', 'a tensor cannot leave its worker; return `await read(x)`');
      });
      post({ type: 'result', id, value });
    } catch (error) {
      post({ type: 'failure', id, failure: describeFailure(error) });
    }
  }

  port.addEventListener('message', ({ data: order }) => {
    switch (order.type) {
      case 'open':
        flag = order.flag;
        // The caller's types ensure that this is a Setup, and below, that a request fits its method.
        void answer(order.id, async () => void (methods = await open(order.setup as Setup)));
        break;
      case 'call':
        void answer(order.id, (call) => {
          if (methods === undefined || !Object.hasOwn(methods, order.method)) {
            throw new BackendError('serve', `the worker has no method ${order.method}`);
          }
          return methods[order.method as keyof M](order.request as never, call);
        });
        break;
      case 'abort':
        if (current?.id === order.id) current.abort();
        break;
      case 'seen':
        if (current?.id === order.id) current.progressSeen();
        break;
      default:
        order satisfies never;
    }
  });
}

class ServedCall implements Call<unknown> {
  readonly id: number;
  readonly progress: (value: unknown) => Promise<void>;
  readonly #flag: Int32Array | undefined;
  readonly #controller = new AbortController();
  readonly #unseen: { resolve: () => void; reject: (reason: unknown) => void }[] = [];

  constructor(id: number, flag: Int32Array | undefined, report: (value: unknown) => void) {
    this.id = id;
    this.#flag = flag;
    this.progress = (value) => {
      const seen = new Promise<void>((resolve, reject) => {
        this.throwIfAborted();
        report(value);
        this.#unseen.push({ resolve, reject });
      });
      // A method that does not await the promise need not catch its rejection either.
      seen.catch(() => {});
      return seen;
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get aborted(): boolean {
    if (this.#flag !== undefined && Atomics.load(this.#flag, 0) === this.id) this.abort();
    return this.signal.aborted;
  }

  throwIfAborted(): void {
    if (this.aborted) this.signal.throwIfAborted();
  }

  abort(): void {
    this.#controller.abort();
    for (const { reject } of this.#unseen.splice(0)) reject(this.signal.reason);
  }

  progressSeen(): void {
    this.#unseen.shift()?.resolve();
  }
}

/** The port to the page or thread that started this worker. */
interface CallerPort {
  postMessage(answer: Answer, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Order }) => void): void;
}

function callerPort(): CallerPort {
  // Do not import this module: bundlers for pages would fail on the import.
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  const port: unknown = node?.parentPort ?? globalThis;
  if (node?.isMainThread === true || 'document' in globalThis) {
    throw new BackendError('serve', 'this is no worker: start the script with `new Worker(…)` and `connect`');
  }
  return port as CallerPort;
}
