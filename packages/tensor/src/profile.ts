import type { Backend, Handle } from './backend.ts';
import type { Engine, Meter } from './engine.ts';
import { BackendError } from './errors.ts';
import { forEachTensor } from './tree.ts';

/** What the calls of one operation took together. */
export interface OperationProfile {
  /** The record's name; the operations of a backward pass have their own: `conv2dInputGradient`. */
  readonly name: string;
  readonly calls: number;
  /** Of the kernels, on all threads at once, without what prepares them. */
  readonly milliseconds: number;
  /** Of the inputs as they are stored, whole, a tensor that a call reads twice counted once. */
  readonly bytesRead: number;
  /** Of the outputs as they are stored. */
  readonly bytesWritten: number;
}

/** As it is added up. */
type Totals = { -readonly [K in keyof OperationProfile]: OperationProfile[K] };

export interface Profile<T> {
  /** What the function returned. */
  readonly result: T;
  /** From the start of the function until all that it asked for was done, with all that is no operation. */
  readonly milliseconds: number;
  /** The slowest first. What only gives elements another shape runs nothing, and is not among them. */
  readonly operations: readonly OperationProfile[];
}

/**
 * Runs `compute`, and measures every operation on `engine` meanwhile. An engine that is not being profiled is no slower
 * for it. The first run of an operation also loads or compiles its kernel: run `compute` once before.
 *
 * On `wasm` and `reference` operations are done when they return. On `gpu` they are only queued then: while they are
 * measured, the device is waited for after each, so that the times are the operations' own and their sum is more than an
 * unmeasured run takes.
 *
 * @throws BackendError for an engine that is being profiled already; what `compute` throws, and failures of the device
 *
 * @example
 * const { operations } = await profile(engine, () => scope(() => void model.forward(images)));
 */
export async function profile<T>(engine: Engine, compute: () => T): Promise<Profile<Awaited<T>>> {
  if (engine.meter !== undefined) throw new BackendError('profile', 'the engine is being profiled already');
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
