import { bytesIn, keepBuffers } from './buffers.ts';

/**
 * Remembers values with typed arrays, such as pictures, up to a number of bytes. The value that was used longest ago goes
 * first. Values are shared: do not write to them.
 */
export class ByteCache<Value> {
  readonly #limit: number;
  /** The least recently used first. */
  readonly #values = new Map<string, { readonly value: Value; readonly bytes: number }>();
  /** Values being made: all who ask for one wait for the same. */
  readonly #coming = new Map<string, Promise<Value>>();
  #bytes = 0;

  /** @param limit bytes to remember at most; 0 remembers nothing */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes remembered now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The value of this name; `make` makes it if it is not remembered. A failure is not remembered. */
  async get(name: string, make: () => Value | Promise<Value>): Promise<Value> {
    const known = this.#values.get(name);
    if (known !== undefined) {
      this.#values.delete(name);
      this.#values.set(name, known);
      return known.value;
    }
    const coming = this.#coming.get(name);
    if (coming !== undefined) return coming;
    const started = this.#make(name, make).finally(() => this.#coming.delete(name));
    this.#coming.set(name, started);
    return started;
  }

  async #make(name: string, make: () => Value | Promise<Value>): Promise<Value> {
    const value = await make();
    const bytes = bytesIn(value);
    // Even what is too large to remember may be shared by two who waited for it.
    keepBuffers(value);
    this.#values.set(name, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#values) {
      if (this.#bytes <= this.#limit) break;
      this.#values.delete(oldest);
      this.#bytes -= freed;
    }
    return value;
  }
}
