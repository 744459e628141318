/** Reads a WebAssembly binary (core specification, chapter 5) from front to back. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The offset of the next byte in the whole binary. */
  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    const [value = 0] = this.bytes(1);
    return value;
  }

  bytes(length: number): Uint8Array {
    const from = this.#at;
    if (from + length > this.#end) throw new RangeError('it ends early');
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** Reads a LEB128 number. Of a signed number, or one above 32 bits, only the length is right. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.unsigned()));
  }

  vector<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let count = this.unsigned(); count > 0; count -= 1) items.push(item());
    return items;
  }

  /** The next `length` bytes, to be read on their own. */
  part(length: number): BinaryReader {
    const from = this.#at;
    this.bytes(length);
    return new BinaryReader(this.#bytes, from, this.#at);
  }
}
