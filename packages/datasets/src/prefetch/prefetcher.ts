import { FormatError, ShapeError } from '@hypercorr/tensor';
import type { Episode, EpisodePlan, Sample } from '../episode/dataset.ts';
import { readSample } from '../files/read-sample.ts';
import { checkSize, type Size } from '../image/image.ts';
import { ItemCache } from './byte-cache.ts';
import { WorkerPool } from './reader-pool.ts';

export interface LoaderOptions {
  /** Photographs and masks are resized to this; they keep their own sizes when absent. */
  readonly size?: Size;
  /** Whether episodes hold the masks at their own sizes, too (`originalMask`); not when absent. */
  readonly originalMasks?: boolean;
  /** Threads that read, beside this one; 1 when absent, 0 to read in this thread. */
  readonly workers?: number;
  /** Episodes that are read before they are asked for; 8 when absent. */
  readonly ahead?: number;
  /** Pictures that were read are remembered up to so many bytes; 256 MiB when absent, 0 for none. */
  readonly cacheBytes?: number;
  /** Told of each fault the first time that an episode is skipped for it. */
  readonly onFault?: (fault: LoaderFault) => void;
}

/** An episode that was skipped, and why: the error names the file. */
export interface LoaderFault {
  readonly plan: EpisodePlan;
  readonly error: FormatError;
}

/** With so many faulty episodes one after the other it is the dataset that is wrong, not a file. */
const mostSkippedInARow = 100;

type Outcome = Episode | LoaderFault | Error;

/**
 * Reads planned episodes, some ahead of their use, in the order of the plans. Episodes with faulty files are skipped
 * and counted. Close it in the end; leaving a `for await` loop does. Episodes may share pictures: do not write to them.
 *
 * @throws ShapeError for options that are not whole numbers
 *
 * @example
 * const loader = new EpisodeLoader(episodePlans(dataset, { seed: 0, shots: 1, end: 1000 }), { size: { width: 400, height: 400 } });
 * for await (const { query, supports } of loader) { … }
 */
export class EpisodeLoader implements AsyncIterableIterator<Episode> {
  readonly #plans: Iterator<EpisodePlan>;
  readonly #pool: WorkerPool | undefined;
  readonly #cache: ItemCache;
  readonly #ahead: number;
  readonly #onFault: ((fault: LoaderFault) => void) | undefined;
  readonly #told = new Set<string>();
  /** Episodes on their way, the next one first. */
  readonly #coming: Promise<Outcome>[] = [];
  #skipped = 0;
  #skippedInARow = 0;
  #closed: Promise<void> | undefined;
  /** Calls of `next` wait for each other: each takes the episode after the last one's. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    plans: Iterable<EpisodePlan>,
    { size, originalMasks = false, workers = 1, ahead = 8, cacheBytes = 2 ** 28, onFault }: LoaderOptions = {},
  ) {
    if (size !== undefined) checkSize('loader', size);
    checkWhole({ workers, ahead, cacheBytes });
    const pool = workers > 0 ? new WorkerPool(workers) : undefined;
    this.#pool = pool;
    this.#plans = plans[Symbol.iterator]();
    const reading = { originalMask: originalMasks };
    this.#cache = new ItemCache(
      (sample) => (pool ? pool.read(sample, size, reading) : readSample(sample, size, reading)),
      cacheBytes,
    );
    this.#ahead = ahead;
    this.#onFault = onFault;
  }

  /** Episodes that were skipped so far. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * The next episode that can be read.
   *
   * @throws FormatError after a hundred faulty episodes in a row; BackendError when a worker ended; what the plans throw. The loader is then closed
   */
  next(): Promise<IteratorResult<Episode, undefined>> {
    const result = this.#last.then(() => this.#take());
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends reading; further calls of `next` say that nothing is left. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#plans.return?.();
      await this.#pool?.close();
      // Outcomes never reject: those on their way are let go.
      this.#coming.length = 0;
    })();
    return this.#closed;
  }

  /** Called when a `for await` loop is left. */
  async return(): Promise<IteratorResult<Episode, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(): Promise<IteratorResult<Episode, undefined>> {
    try {
      for (;;) {
        if (this.#closed === undefined) this.#plan(this.#ahead + 1);
        const coming = this.#coming.shift();
        if (coming === undefined || this.#closed !== undefined) return await this.return();
        const outcome = await coming;
        if (this.#closed !== undefined) return await this.return();
        if (outcome instanceof Error) throw outcome;
        if (!('error' in outcome)) {
          this.#skippedInARow = 0;
          this.#plan(this.#ahead);
          return { done: false, value: outcome };
        }
        this.#skip(outcome);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Starts reading until so many episodes are on their way. */
  #plan(count: number): void {
    while (this.#coming.length < count) {
      const { done, value } = this.#plans.next();
      if (done === true) return;
      this.#coming.push(this.#read(value));
    }
  }

  async #read(plan: EpisodePlan): Promise<Outcome> {
    try {
      const [query, ...supports] = await Promise.all([
        this.#item(plan.query),
        ...plan.supports.map((sample) => this.#item(sample)),
      ]);
      return { plan, query, supports };
    } catch (error) {
      if (error instanceof FormatError) return { plan, error };
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #item(sample: Sample): ReturnType<ItemCache['get']> {
    return this.#cache.get(sample);
  }

  #skip(fault: LoaderFault): void {
    this.#skipped += 1;
    this.#skippedInARow += 1;
    if (!this.#told.has(fault.error.message)) {
      this.#told.add(fault.error.message);
      this.#onFault?.(fault);
    }
    if (this.#skippedInARow < mostSkippedInARow) return;
    throw new FormatError(
      'loader',
      `${mostSkippedInARow} episodes in a row have faulty files, the last for: ${fault.error.message}; check the dataset, and start again`,
      { cause: fault.error },
    );
  }
}

function checkWhole(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new ShapeError('loader', `${name} is a whole number from 0; got ${value}`);
  }
}
