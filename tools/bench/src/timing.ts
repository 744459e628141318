/** Times of several runs, in milliseconds. */
export interface Timing {
  readonly median_ms: number;
  readonly min_ms: number;
  readonly max_ms: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

export function summarise(times: readonly number[]): Timing {
  return { median_ms: round(median(times)), min_ms: round(Math.min(...times)), max_ms: round(Math.max(...times)) };
}

export function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

/** A run of at least this many milliseconds needs no warm-up run to wake threads and fill caches. */
const longRun = 100;

/** Times a function repeatedly. Peers in other languages follow the same rules. */
export class Stopwatch {
  readonly #run: () => void;
  readonly #warms: boolean;
  /** Repetitions of a run, so that one measurement takes long enough for the clock: at least 20 ms. */
  readonly repetitions: number;

  /** Milliseconds of the first run, which shows how long a run takes. */
  readonly firstTime: number;

  constructor(run: () => void) {
    this.#run = run;
    this.firstTime = this.#elapsed(1);
    this.#warms = this.firstTime < longRun;
    this.repetitions = Math.max(1, Math.ceil(20 / this.firstTime));
  }

  /** Milliseconds of one run, the mean over the repetitions in a row. */
  time(): number {
    if (this.#warms) this.#run();
    return this.#elapsed(this.repetitions) / this.repetitions;
  }

  #elapsed(count: number): number {
    const start = performance.now();
    for (let i = 0; i < count; i += 1) this.#run();
    return performance.now() - start;
  }
}
