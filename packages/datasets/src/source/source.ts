/** What JSON can say: plain data that crosses threads and files unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Items by number. An item depends on its number and on the source's own options (its seed, for example), and on nothing
 * else: so a training resumes at any item, several processes share the items, and every run repeats them.
 *
 * The work has two halves. `plan` runs in the main thread and is cheap: it says which files to read and draws all random
 * numbers. The reader runs in a worker thread and does the rest: it reads, augments and normalises.
 */
export interface Source<Item, Plan = unknown> {
  /** How many items there are; absent for a source without an end. */
  readonly length?: number;
  /** What messages call an item: `'episode'`. `'item'` if absent. */
  readonly unit?: string;
  /** How many bytes are worth remembering between items. 256 MiB if absent; see `PrefetchOptions.cacheBytes`. */
  readonly cacheBytes?: number;
  /**
   * What the reader needs to make item number `index`. It must be structured-cloneable.
   *
   * @param index a whole number from 0, below `length`
   */
  plan(index: number): Plan;
  readonly reader: ReaderReference<Item>;
}

/** Names the code that turns a plan into an item. Worker threads import it, so code is named and not passed. */
export interface ReaderReference<Item> {
  /** A module that exports `createReader`, a `CreateReader`. In a program: `new URL('./reader.js', import.meta.url)`. */
  readonly module: URL;
  /** What `createReader` is called with. */
  readonly options: Json;
  /** For the compiler alone, which learns from it what the reader returns. It never has a value. */
  readonly [read]?: Item;
}

declare const read: unique symbol;

/**
 * Makes an item from a plan. The item must be structured-cloneable. Buffers of typed arrays move to the main thread
 * without a copy, so the reader must not use them again; only what a `ByteCache` remembers is copied.
 *
 * @throws FormatError for faulty data: the item is then left out and counted. Any other error ends the prefetching
 */
export type Reader<Item, Plan> = (plan: Plan) => Item | Promise<Item>;

/** The function `createReader` of a reader's module. Each worker thread calls it once. */
export type CreateReader<Options extends Json, Item, Plan> = (
  options: Options,
  share: ReaderShare,
) => Reader<Item, Plan> | Promise<Reader<Item, Plan>>;

/** What one reader may use of what all worker threads have together. */
export interface ReaderShare {
  /** Bytes that this reader may remember: the limit for a `ByteCache`. */
  readonly cacheBytes: number;
}
