import type { Backend, Handle } from './backend.ts';
import type { Engine, Meter } from './engine.ts';
import { BackendError } from './errors.ts';
import { forEachTensor } from './tree.ts';

/** Time and bytes of all calls of one operation. */
export interface OperationProfile {
  /** The record's name. Backward passes have operations of their own, such as `conv2dInputGradient`. */
  readonly name: string;
  readonly calls: number;
  /** The time that kernels ran, on all threads at once. Preparing them is not counted. */
  readonly milliseconds: number;
  /** Bytes of the stored inputs. A tensor that one call reads twice counts once. */
  readonly bytesRead: number;
  /** Bytes of the stored outputs. */
  readonly bytesWritten: number;
}

/** The sums while they grow. */
type Totals = { -readonly [K in keyof OperationProfile]: OperationProfile[K] };

export interface Profile<T> {
  /** The function's result. */
  readonly result: T;
  /** From the function's start until the device is idle, work outside of operations included. */
  readonly milliseconds: number;
  /** The slowest first. Operations that only change a shape run nothing, and are left out. */
  readonly operations: readonly OperationProfile[];
}

/**
 * Runs `compute` and measures every operation on `engine` meanwhile. An engine that is not profiled is no slower. The
 * first run of an operation also loads or compiles its kernel, so run `compute` once before.
 *
 * On `wasm` and `reference` an operation is done when it returns. On `gpu` it is only queued then, so `profile` waits for
 * the device after each one. The times are then the operations' own, and their sum is more than a run without `profile` takes.
 *
 * @throws BackendError for an engine that is already being profiled; what `compute` throws, and failures of the device
 *
 * @example
 * const { operations } = await profile(engine, () => scope(() => void model.forward(images)));
 */
export async function profile<T>(engine: Engine, compute: () => T): Promise<Profile<Awaited<T>>> {
  if (engine.meter !== undefined) throw new BackendError('profile', 'the engine is already being profiled');
  const watch = new Stopwatch(engine.backend);
  // Before the first wait, in which another profile could begin.
  engine.meter = watch;
  let result: Awaited<T> | undefined;
  try {
    await engine.idle();
    const start = performance.now();
    result = await compute();
    await engine.idle();
    return { result, milliseconds: performance.now() - start, operations: watch.operations() };
  } catch (error) {
    forEachTensor(result, (tensor) => tensor.dispose());
    throw error;
  } finally {
    engine.meter = undefined;
  }
}

/** Times kernels, and adds up what the calls of each operation took. */
class Stopwatch implements Meter {
  readonly #backend: Backend;
  readonly #totals = new Map<string, Totals>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  run(...call: Parameters<Backend['run']>): Handle {
    const [{ name }, inputs] = call;
    const totals = this.#totalsOf(name);
    const done = (milliseconds: number): void => void (totals.milliseconds += milliseconds);
    const start = performance.now();
    const output = this.#backend.runTimed?.(done, ...call) ?? this.#backend.run(...call);
    if (this.#backend.runTimed === undefined) done(performance.now() - start);
    const read = new Set(Object.values(inputs).map(({ handle }) => handle));
    totals.calls += 1;
    totals.bytesRead = [...read].reduce((sum, { bytes }) => sum + bytes, totals.bytesRead);
    totals.bytesWritten += output.bytes;
    return output;
  }

  operations(): readonly OperationProfile[] {
    return [...this.#totals.values()].toSorted((a, b) => b.milliseconds - a.milliseconds);
  }

  #totalsOf(name: string): Totals {
    const known = this.#totals.get(name);
    if (known !== undefined) return known;
    const totals: Totals = { name, calls: 0, milliseconds: 0, bytesRead: 0, bytesWritten: 0 };
    this.#totals.set(name, totals);
    return totals;
  }
}
