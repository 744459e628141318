import type { EpisodeItem, Sample } from '../episode/dataset.ts';

/** Reads samples through a memory of those read last, bounded in bytes. */
export class ItemCache {
  readonly #read: (sample: Sample) => Promise<EpisodeItem>;
  readonly #limit: number;
  /** The least recently used first. */
  readonly #items = new Map<string, EpisodeItem>();
  /** Asked for and not yet there: two episodes that share a sample wait for one read. */
  readonly #reading = new Map<string, Promise<EpisodeItem>>();
  #bytes = 0;

  constructor(read: (sample: Sample) => Promise<EpisodeItem>, limit: number) {
    this.#read = read;
    this.#limit = limit;
  }

  /** Bytes of the pictures that are remembered. */
  get bytes(): number {
    return this.#bytes;
  }

  async get(sample: Sample): Promise<EpisodeItem> {
    const name = JSON.stringify([sample.image, sample.mask, sample.foreground]);
    const known = this.#items.get(name);
    if (known !== undefined) {
      this.#items.delete(name);
      this.#items.set(name, known);
      return known;
    }
    const reading = this.#reading.get(name);
    if (reading !== undefined) return reading;
    const started = this.#read(sample)
      .then((item) => this.#remember(name, item))
      .finally(() => this.#reading.delete(name));
    this.#reading.set(name, started);
    return started;
  }

  #remember(name: string, item: EpisodeItem): EpisodeItem {
    this.#items.set(name, item);
    this.#bytes += bytesOf(item);
    for (const [oldest, each] of this.#items) {
      if (this.#bytes <= this.#limit) break;
      this.#items.delete(oldest);
      this.#bytes -= bytesOf(each);
    }
    return item;
  }
}

function bytesOf({ image, mask, originalMask }: EpisodeItem): number {
  return image.data.byteLength + mask.data.byteLength + (originalMask?.data.byteLength ?? 0);
}
