import { BackendError } from '../../errors.ts';

const alignment = 64;
const pageBytes = 65536;
/** The memory grows by at least this much, so that many small tensors need few calls. */
const growthBytes = 4 << 20;

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

/** Free blocks are kept by the power of two of their size. */
function bucketOf(bytes: number): number {
  return 31 - Math.clz32(Math.min(bytes / alignment, 0x7fffffff));
}

/**
 * Hands out 64-byte aligned blocks of one WebAssembly memory and merges neighbours that are free again.
 * Addresses are plain numbers up to 4 GiB, never negative.
 */
export class Allocator {
  readonly #memory: WebAssembly.Memory;
  readonly #maximumBytes: number;
  readonly #sizes = new Map<number, number>();
  readonly #freeByStart = new Map<number, number>();
  readonly #freeByEnd = new Map<number, number>();
  readonly #buckets: readonly Set<number>[] = Array.from({ length: 32 }, () => new Set());
  /** A bit for each bucket that holds a block. */
  #occupied = 0;
  #end: number;

  constructor(memory: WebAssembly.Memory, heapBase: number, maximumBytes: number) {
    this.#memory = memory;
    this.#end = roundUp(heapBase, alignment);
    this.#maximumBytes = maximumBytes;
  }

  /** The size of the block that a request of `bytes` gets. */
  static sizeFor(bytes: number): number {
    return Math.max(alignment, roundUp(bytes, alignment));
  }

  /**
   * @returns the address of a block of undefined content
   * @throws BackendError when the memory cannot grow that far
   */
  allocate(bytes: number): number {
    const size = Allocator.sizeFor(bytes);
    const start = this.#takeFree(size) ?? this.#extend(size);
    this.#sizes.set(start, size);
    return start;
  }

  free(start: number): void {
    const size = this.#sizes.get(start);
    if (size === undefined) throw new BackendError('wasm', `nothing is allocated at address ${start}`);
    this.#sizes.delete(start);
    let first = start;
    let end = start + size;
    const before = this.#freeByEnd.get(first);
    if (before !== undefined) {
      this.#removeFree(before);
      first = before;
    }
    const after = this.#freeByStart.get(end);
    if (after !== undefined) {
      this.#removeFree(end);
      end += after;
    }
    if (end === this.#end) this.#end = first;
    else this.#addFree(first, end - first);
  }

  #takeFree(size: number): number | undefined {
    for (let left = this.#occupied & (-1 << bucketOf(size)); left !== 0; left &= left - 1) {
      const smallest = 31 - Math.clz32(left & -left);
      for (const start of this.#buckets[smallest] ?? []) {
        const found = this.#freeByStart.get(start) ?? 0;
        if (found < size) continue; // only in the first bucket: the others hold larger blocks
        this.#removeFree(start);
        if (found > size) this.#addFree(start + size, found - size);
        return start;
      }
    }
    return undefined;
  }

  #addFree(start: number, size: number): void {
    const bucket = bucketOf(size);
    this.#freeByStart.set(start, size);
    this.#freeByEnd.set(start + size, start);
    this.#buckets[bucket]?.add(start);
    this.#occupied |= 1 << bucket;
  }

  #removeFree(start: number): void {
    const size = this.#freeByStart.get(start) ?? 0;
    const bucket = bucketOf(size);
    const others = this.#buckets[bucket];
    this.#freeByStart.delete(start);
    this.#freeByEnd.delete(start + size);
    others?.delete(start);
    if (others?.size === 0) this.#occupied &= ~(1 << bucket);
  }

  #extend(size: number): number {
    const start = this.#end;
    const end = start + size;
    // Kernels read whole vectors: a few bytes past the last block have to exist.
    const needed = end + alignment;
    const have = this.#memory.buffer.byteLength;
    // `!(… <= …)` also refuses NaN.
    if (!(needed <= have)) {
      const wanted = Math.min(this.#maximumBytes, Math.max(needed, have + growthBytes));
      try {
        if (!(needed <= this.#maximumBytes)) throw new RangeError('over the maximum');
        this.#memory.grow(Math.ceil((wanted - have) / pageBytes));
      } catch (cause) {
        const mebibytes = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
        throw new BackendError(
          'wasm',
          `out of memory: ${mebibytes(size)} more are needed, ${mebibytes(have)} of at most ` +
            `${mebibytes(this.#maximumBytes)} are taken; free tensors with scope(), or use a smaller batch`,
          { cause },
        );
      }
    }
    this.#end = end;
    return start;
  }
}
