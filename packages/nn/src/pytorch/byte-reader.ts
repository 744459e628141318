import { maxPickleBytes, type Refuse } from './format.ts';

/** Reads little-endian values from front to back. Every method throws FormatError instead of reading past the end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly refuse: Refuse;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, refuse: Refuse, at = 0) {
    this.bytes = bytes;
    this.refuse = refuse;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A count of 64 bits. A count that a double cannot hold exactly is refused. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > Number.MAX_SAFE_INTEGER) throw this.refuse(`byte ${this.#at - 8} claims ${value} bytes or elements`);
    return Number(value);
  }

  /** Big-endian, as in pickles. */
  f64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** The next bytes. They are not copied. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** UTF-8, limited to the length of a pickle, because platforms fail in different ways at very long texts. */
  text(length: number): string {
    const at = this.#at;
    const bytes = this.take(length);
    if (length > maxPickleBytes)
      throw this.refuse(`the text at byte ${at} has ${length} bytes; ${maxPickleBytes} are read at most`);
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      if (cause instanceof TypeError) throw this.refuse(`the text at byte ${at} is no UTF-8`);
      throw cause;
    }
  }

  /** A text of at most `most` bytes up to a line feed, without the line feed. */
  line(most: number): string {
    const end = this.bytes.subarray(this.#at, this.#at + most + 1).indexOf(lineFeed);
    if (end < 0) throw this.refuse(`the line at byte ${this.#at} does not end`);
    const text = this.text(end);
    this.#at += 1;
    return text;
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.left) throw this.refuse(`${length} bytes are asked for at byte ${at}, ${this.left} are left`);
    this.#at = at + length;
    return at;
  }
}

const lineFeed = 0x0a;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
