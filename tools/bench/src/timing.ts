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

/** How often to repeat a run so that one measurement takes long enough for the clock: at least 20 ms. */
export function repetitions(run: () => void): number {
  const start = performance.now();
  run();
  return Math.max(1, Math.ceil(20 / (performance.now() - start)));
}

/** Milliseconds of one run, the mean over `count` in a row, after one that wakes the threads and is not counted. */
export function time(run: () => void, count: number): number {
  run();
  const start = performance.now();
  for (let i = 0; i < count; i += 1) run();
  return (performance.now() - start) / count;
}
