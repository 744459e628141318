import type { FormatError } from '@hypercorr/tensor';

/**
 * A table of a FlatBuffer: fields by number, each perhaps absent. Every position is checked before it is read, so that a
 * damaged file is an error and never a wrong value from outside of it.
 *
 * Source: https://flatbuffers.dev/internals. A table starts with the distance back to its vtable, which holds the distance
 * from the table to each field. Positions of strings, vectors and other tables are relative to where they stand.
 */
export class Table {
  readonly #bytes: DataView;
  readonly #refuse: (what: string) => FormatError;
  readonly #at: number;

  private constructor(bytes: DataView, at: number, refuse: (what: string) => FormatError) {
    this.#bytes = bytes;
    this.#refuse = refuse;
    this.#at = at;
  }

  /** The table at the root of a FlatBuffer. */
  static root(bytes: Uint8Array, refuse: (what: string) => FormatError): Table {
    const outer = new Table(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, refuse);
    return outer.#tableAt(0);
  }

  u8(field: number, absent: number): number {
    const at = this.#fieldAt(field);
    return at === undefined ? absent : this.#bytes.getUint8(this.#within(at, 1));
  }

  u32(field: number, absent: number): number {
    const at = this.#fieldAt(field);
    return at === undefined ? absent : this.#u32(at);
  }

  /** The bytes of a text or of a vector of bytes; empty where the field is absent. */
  bytes(field: number): Uint8Array {
    const { at, count } = this.#vector(field, 1);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
  }

  i32s(field: number): readonly number[] {
    const { at, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => this.#bytes.getInt32(at + 4 * i, true));
  }

  tables(field: number): readonly Table[] {
    const { at, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => this.#tableAt(at + 4 * i));
  }

  #vector(field: number, size: number): { readonly at: number; readonly count: number } {
    const place = this.#fieldAt(field);
    if (place === undefined) return { at: 0, count: 0 };
    const start = place + this.#u32(place);
    const count = this.#u32(start);
    return { at: this.#within(start + 4, count * size), count };
  }

  #tableAt(place: number): Table {
    const at = place + this.#u32(place);
    this.#within(at, 4);
    return new Table(this.#bytes, at, this.#refuse);
  }

  #fieldAt(field: number): number | undefined {
    const vtable = this.#at - this.#bytes.getInt32(this.#within(this.#at, 4), true);
    const size = this.#u16(vtable);
    const slot = 4 + 2 * field;
    const distance = slot + 2 <= size ? this.#u16(vtable + slot) : 0;
    return distance === 0 ? undefined : this.#at + distance;
  }

  #u16(at: number): number {
    return this.#bytes.getUint16(this.#within(at, 2), true);
  }

  #u32(at: number): number {
    return this.#bytes.getUint32(this.#within(at, 4), true);
  }

  /** @returns `at` */
  #within(at: number, length: number): number {
    if (at < 0 || at + length > this.#bytes.byteLength)
      throw this.#refuse(
        `it points to bytes ${at} to ${at + length}, and has ${this.#bytes.byteLength}; it is cut off or damaged`,
      );
    return at;
  }
}
