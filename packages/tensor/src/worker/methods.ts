import type { StopSignal } from '../interrupt.ts';

/**
 * A call as a worker's method sees it. `interruptible(call, …)` stops operations once the caller has aborted it; a loop
 * may ask `call.aborted` between its steps.
 */
export interface Call<Progress = never> extends StopSignal {
  /** For what takes an `AbortSignal`: `fetch`, timers. It hears of an abort when the worker next reads its messages. */
  readonly signal: AbortSignal;
  /** Whether the caller has aborted the call. Where memory is shared this is known at once, even inside a loop. */
  readonly aborted: boolean;
  /** @throws DOMException `AbortError` if the caller has aborted the call */
  throwIfAborted(): void;
  /**
   * Hands a report to the caller's `onProgress`; arrays in it are given away.
   *
   * @returns resolves when the caller has dealt with it, so that reports cannot pile up and an abort is heard; rejects
   * with an `AbortError` if there is one. It need not be awaited.
   */
  readonly progress: (value: Progress) => Promise<void>;
}

/** A method of a worker: takes and returns what structured cloning can copy (numbers, texts, arrays; no tensors). */
export type Method = (request: never, call: Call<unknown>) => unknown;

/** The methods that a worker offers. */
export type Methods<M> = { readonly [K in keyof M]: Method };

/** Starts what a worker works with (an engine, a model), and returns its methods. */
export type Open = (setup: never) => object | Promise<object>;

/** What a worker's `open` takes. */
export type SetupOf<O extends Open> = Parameters<O>[0];
/** The methods that it makes. */
export type MethodsOf<O extends Open> = Awaited<ReturnType<O>>;
/** What the caller of a method gets. */
export type ResultOf<M> = M extends Method ? Awaited<ReturnType<M>> : never;
type ProgressOf<M> = M extends (request: never, call: Call<infer P>) => unknown ? P : never;

export interface CallOptions<Progress> {
  /** Aborts the call: its promise rejects with the signal's reason at once, and the worker stops working on it. */
  readonly signal?: AbortSignal | undefined;
  /** Is told what the method reports. */
  readonly onProgress?: ((value: Progress) => void) | undefined;
  /** Memory of the request's arrays that is handed over instead of copied. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
}

/** What follows a method's name: its request, if it takes one, and options. */
export type Arguments<M> = M extends (...args: infer A) => unknown
  ? A extends readonly [infer Request, ...unknown[]]
    ? [request: Request, options?: CallOptions<ProgressOf<M>>]
    : [request?: undefined, options?: CallOptions<never>]
  : never;
