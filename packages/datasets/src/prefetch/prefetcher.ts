import { FormatError, ShapeError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { Source } from '../source/source.ts';
import { loadReader } from './load-reader.ts';
import { ReaderPool } from './reader-pool.ts';

/** Which items a prefetcher reads, and with what means. */
export interface PrefetchOptions<Plan = unknown> {
  /** The first item; 0 if absent. */
  readonly start?: number;
  /** The item to stop before. The source's `length` if absent; without a length the items have no end. */
  readonly end?: number;
  /** The numbers of the items, in any order, in place of `start` and `end`: a process's share of them, for example. */
  readonly indices?: Iterable<number>;
  /** Threads that read, beside this one. 1 if absent; 0 reads in this thread. */
  readonly workers?: number;
  /** How many items are read before they are asked for. 8 if absent. */
  readonly ahead?: number;
  /**
   * How many bytes all readers together may remember between items. The source's `cacheBytes` if absent, or else 256 MiB;
   * 0 remembers nothing.
   */
  readonly cacheBytes?: number;
  /** Called once for each different fault, when the first item is left out because of it. */
  readonly onFault?: (fault: ItemFault<Plan>) => void;
}

/** An item, with its number and its plan. */
export interface Prefetched<Item, Plan = unknown> {
  readonly index: number;
  readonly plan: Plan;
  readonly item: Item;
}

/** An item that was left out, and why. The error names the file. */
export interface ItemFault<Plan = unknown> {
  readonly index: number;
  readonly plan: Plan;
  readonly error: FormatError;
}

/** So many faulty items in a row mean that the data is wrong as a whole. */
const mostSkippedInARow = 100;

const usualCacheBytes = 2 ** 28;

const optionNames = {
  start: true,
  end: true,
  indices: true,
  workers: true,
  ahead: true,
  cacheBytes: true,
  onFault: true,
};

type Outcome<Item, Plan> = Prefetched<Item, Plan> | ItemFault<Plan> | Error;

/**
 * Reads a source's items ahead of their use, in worker threads, and gives them in the order of their numbers. It leaves
 * out items with faulty data, and counts them. Call `close` in the end; leaving a `for await` loop does so. Items may share
 * buffers: do not write to them.
 *
 * @throws ShapeError for options that are not whole numbers from 0, and for both `indices` and a range
 *
 * @example
 * const source = episodeSource(dataset, { seed: 0, shots: 1, size: { width: 400, height: 400 } });
 * for await (const { item } of new Prefetcher(source, { end: 1000 })) { … }
 */
export class Prefetcher<Item, Plan = unknown> implements AsyncIterableIterator<Prefetched<Item, Plan>> {
  readonly #source: Source<Item, Plan>;
  readonly #indices: Iterator<number>;
  readonly #pool: ReaderPool | undefined;
  readonly #read: (plan: Plan, what: string) => Promise<unknown>;
  readonly #ahead: number;
  readonly #onFault: ((fault: ItemFault<Plan>) => void) | undefined;
  readonly #told = new Set<string>();
  /** Items on their way, the next one first. */
  readonly #coming: Promise<Outcome<Item, Plan>>[] = [];
  #skipped = 0;
  #skippedInARow = 0;
  #closed: Promise<void> | undefined;
  /** Calls of `next` wait for each other: each takes the item after the last call's. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: Source<Item, Plan>, options: PrefetchOptions<Plan> = {}) {
    checkOptions('prefetcher', options, optionNames);
    const { workers = 1, ahead = 8, cacheBytes = source.cacheBytes ?? usualCacheBytes, onFault } = options;
    checkWhole({ workers, ahead, cacheBytes });
    const { module, options: settings } = source.reader;
    const share = { module: module.href, options: settings, cacheBytes: Math.floor(cacheBytes / Math.max(1, workers)) };
    this.#source = source;
    this.#indices = indicesOf(source, options)[Symbol.iterator]();
    const pool = workers > 0 ? new ReaderPool(workers, share) : undefined;
    this.#pool = pool;
    let reader: ReturnType<typeof loadReader> | undefined;
    this.#read = pool
      ? (plan, what) => pool.read(plan, what)
      : async (plan) => (await (reader ??= loadReader(share)))(plan);
    this.#ahead = ahead;
    this.#onFault = onFault;
  }

  /** How many items were left out so far because of faulty data. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * The next item without a fault. After an error the prefetcher is closed.
   *
   * @throws FormatError after a hundred faulty items in a row; BackendError when a worker thread ended; errors of the source's `plan`, of its reader and of `onFault`
   */
  next(): Promise<IteratorResult<Prefetched<Item, Plan>, undefined>> {
    const result = this.#last.then(() => this.#take());
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Stops reading and ends the worker threads. From then on `next` gives no more items. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#indices.return?.();
      await this.#pool?.close();
      // Outcomes never reject, so those on their way need no one to wait for them.
      this.#coming.length = 0;
    })();
    return this.#closed;
  }

  /** Closes. A `for await` loop calls it when it is left. */
  async return(): Promise<IteratorResult<Prefetched<Item, Plan>, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(): Promise<IteratorResult<Prefetched<Item, Plan>, undefined>> {
    try {
      for (;;) {
        if (this.#closed === undefined) this.#start(this.#ahead + 1);
        const coming = this.#coming.shift();
        if (coming === undefined || this.#closed !== undefined) return await this.return();
        const outcome = await coming;
        if (this.#closed !== undefined) return await this.return();
        if (outcome instanceof Error) throw outcome;
        if (!('error' in outcome)) {
          this.#skippedInARow = 0;
          this.#start(this.#ahead);
          return { done: false, value: outcome };
        }
        this.#skip(outcome);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Starts reading until so many items are on their way. */
  #start(count: number): void {
    while (this.#coming.length < count) {
      const { done, value: index } = this.#indices.next();
      if (done === true) return;
      checkIndex(this.#source, index);
      this.#coming.push(this.#outcome(index, this.#source.plan(index)));
    }
  }

  async #outcome(index: number, plan: Plan): Promise<Outcome<Item, Plan>> {
    try {
      // The reader's type is what the source says it is.
      const item = (await this.#read(plan, `${unitOf(this.#source)} ${index}`)) as Item;
      return { index, plan, item };
    } catch (error) {
      if (error instanceof FormatError) return { index, plan, error };
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #skip(fault: ItemFault<Plan>): void {
    this.#skipped += 1;
    this.#skippedInARow += 1;
    if (!this.#told.has(fault.error.message)) {
      this.#told.add(fault.error.message);
      this.#onFault?.(fault);
    }
    if (this.#skippedInARow < mostSkippedInARow) return;
    throw new FormatError(
      'prefetcher',
      `${mostSkippedInARow} ${unitOf(this.#source)}s in a row have faulty data, the last one because: ${fault.error.message}; check the data, then start again`,
      { cause: fault.error },
    );
  }
}

function unitOf({ unit = 'item' }: Pick<Source<unknown>, 'unit'>): string {
  return unit;
}

function indicesOf({ length }: Pick<Source<unknown>, 'length'>, options: PrefetchOptions<never>): Iterable<number> {
  const { start = 0, end = length, indices } = options;
  if (indices === undefined) {
    checkWhole({ start, ...(end !== undefined && { end }) });
    return range(start, end ?? Infinity);
  }
  if (options.start === undefined && options.end === undefined) return indices;
  throw new ShapeError('prefetcher', 'give either indices, or start and end');
}

function* range(start: number, end: number): Generator<number, void> {
  for (let index = start; index < end; index += 1) yield index;
}

function checkIndex(source: Pick<Source<unknown>, 'length' | 'unit'>, index: number): void {
  checkWhole({ index });
  const { length } = source;
  if (length !== undefined && index >= length)
    throw new ShapeError('prefetcher', `the source has ${length} ${unitOf(source)}s; there is no number ${index}`);
}

function checkWhole(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new ShapeError('prefetcher', `${name} must be a whole number from 0; got ${value}`);
  }
}
