import { ScopeError } from './errors.ts';

/** Says that work is no longer wanted: an `AbortSignal`, or whatever else throws when it is asked. */
export interface StopSignal {
  /** @throws the reason, if the work is no longer wanted */
  throwIfAborted(): void;
}

let active: StopSignal | undefined;

/** What may stop the operations that are dispatched now. */
export function activeSignal(): StopSignal | undefined {
  return active;
}

/**
 * Runs `compute` so that it stops once `signal` is aborted: no further operation starts, and what is dispatched but
 * still waits in a GPU's queue is left out, so that reading its result rejects. A kernel that has begun is finished.
 *
 * It is for work that only returns something. What changes a state (a step of training, say) belongs outside: a model
 * must not be left with half its parameters updated.
 *
 * @param signal of a call in a worker, or any `AbortSignal`
 * @throws the signal's reason, at once if it is aborted already; ScopeError when `compute` returns a promise: what runs
 * after its first await would not be stopped
 *
 * @example const { mask } = interruptible(call, () => model.segment(image, supports));
 */
export function interruptible<T>(signal: StopSignal, compute: () => T): T {
  const outer = active;
  active = outer === undefined ? signal : both(outer, signal);
  try {
    active.throwIfAborted();
    const result = compute();
    if (result instanceof Promise) {
      // That it fails then is no news, and must not end the program.
      result.catch(() => {});
      throw new ScopeError(
        'interruptible',
        'the function returned a promise; compute inside, and await `read(x)` outside',
      );
    }
    return result;
  } finally {
    active = outer;
  }
}

function both(a: StopSignal, b: StopSignal): StopSignal {
  return {
    throwIfAborted() {
      a.throwIfAborted();
      b.throwIfAborted();
    },
  };
}
