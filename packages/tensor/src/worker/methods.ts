import type { StopSignal } from '../interrupt.ts';

/**
 * The call that a worker's method carries out. `interruptible(call, …)` stops operations once the caller has aborted
 * it; a loop may ask `call.aborted` between its steps.
 */
export interface Call<Progress = never> extends StopSignal {
  /**
   * An `AbortSignal` to pass on, for example to `fetch` or timers. The signal aborts when the worker next reads its
   * messages.
   */
  readonly signal: AbortSignal;
  /**
   * Whether the caller has aborted the call. If memory is shared, the worker sees an abort at once, even inside a loop.
   */
  readonly aborted: boolean;
  /** @throws DOMException `AbortError` if the caller has aborted the call */
  throwIfAborted(): void;
  /**
   * Sends a report to the caller's `onProgress`. Arrays in the report are transferred: the worker finds them empty
   * afterwards.
   *
   * @returns a promise that resolves when the caller has handled the report. Await it so that reports cannot pile up
   * and the worker notices an abort; without `await` the report is sent all the same. The promise rejects with an
   * `AbortError` if the call is aborted.
   */
  readonly progress: (value: Progress) => Promise<void>;
}

/**
 * A method of a worker. Its argument and result must be values that structured cloning can copy (numbers, strings,
 * arrays; no tensors).
 */
export type Method = (request: never, call: Call<unknown>) => unknown;

/** The methods that a worker offers. */
export type Methods<M> = { readonly [K in keyof M]: Method };

/** Sets up a worker, for example its engine and model, and returns the worker's methods. */
export type Open = (setup: never) => object | Promise<object>;

/** The argument of a worker's `open`. */
export type SetupOf<O extends Open> = Parameters<O>[0];
/** The methods that a worker's `open` returns. */
export type MethodsOf<O extends Open> = Awaited<ReturnType<O>>;
/** The result of a method for its caller. */
export type ResultOf<M> = M extends Method ? Awaited<ReturnType<M>> : never;
type ProgressOf<M> = M extends (request: never, call: Call<infer P>) => unknown ? P : never;

export interface CallOptions<Progress> {
  /** Aborts the call: its promise rejects with the signal's reason at once, and the worker stops working on it. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each report of the method. */
  readonly onProgress?: ((value: Progress) => void) | undefined;
  /** Memory of the request's arrays to transfer instead of copying it. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
}

/** The arguments of `call` after the method's name: the request, if the method takes one, and options. */
export type Arguments<M> = M extends (...args: infer A) => unknown
  ? A extends readonly [infer Request, ...unknown[]]
    ? [request: Request, options?: CallOptions<ProgressOf<M>>]
    : [request?: undefined, options?: CallOptions<never>]
  : never;
