export interface InflateOptions {
  /** What to do with bytes after the first `size`: refuse the stream, or ignore them. */
  readonly excess?: 'refused' | 'left';
}

/**
 * Inflates a DEFLATE stream (RFC 1951) into exactly `size` bytes. The output's length is known before the first byte is
 * written, so a stream that lies about its length costs no more than an honest one. (The platform's DecompressionStream
 * is asynchronous, but the readers of this library are synchronous.)
 *
 * @param options `excess`: `'refused'` by default
 * @throws RangeError for a stream that is broken, shorter than `size`, or longer if excess bytes are refused
 */
export function inflate(
  deflated: Uint8Array,
  size: number,
  { excess = 'refused' }: InflateOptions = {},
): Uint8Array<ArrayBuffer> {
  const bits = new BitReader(deflated);
  const out = new Uint8Array(size);
  const enough = excess === 'left' ? size : Infinity;
  let end = 0;
  let ownCodes = freeCodes + (deflated.length + size) / bytesPerCode;
  for (let last = false; !last && end < enough;) {
    last = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 0) end = copyStored(bits, out, end, enough);
    else if (type === 1) end = inflateBlock(bits, fixedCodes, out, end, enough);
    else if (type === 2) {
      ownCodes -= 1;
      if (ownCodes < 0)
        throw new RangeError(
          `it has more blocks with codes of their own than ${deflated.length} bytes that become ${size} need`,
        );
      end = inflateBlock(bits, readCodes(bits), out, end, enough);
    } else throw new RangeError('it has a block of an unknown type');
  }
  if (end !== size) throw new RangeError(`it inflates to ${end} bytes, not to ${size}`);
  return out;
}

/**
 * The most blocks of a stream that may carry codes of their own. Even an empty block costs the time to build the tables
 * of its codes. zlib ends no such block before 127 symbols, however little memory it has, unless the encoder asks for
 * it, as encoders do that flush after each row; for little data zlib then uses the fixed codes. Blocks with fixed codes
 * and stored blocks cost no more than their bits.
 */
const freeCodes = 1024;
const bytesPerCode = 128;

/** Reads bits, beginning with the lowest bit of the first byte. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `wanted` (≤ 15) bits or more; zeros if the stream ends before them. */
  peek(wanted: number): number {
    while (this.#count < wanted && this.#at < this.#bytes.length) {
      this.#held |= (this.#bytes[this.#at] ?? 0) << this.#count;
      this.#at += 1;
      this.#count += 8;
    }
    return this.#held;
  }

  skip(count: number): void {
    if (count > this.#count) throw new RangeError('it ends too early');
    this.#held >>>= count;
    this.#count -= count;
  }

  take(count: number): number {
    const value = this.peek(count) & ((1 << count) - 1);
    this.skip(count);
    return value;
  }

  /** Reads whole bytes, from the next byte boundary on. */
  bytes(length: number): Uint8Array {
    this.#at -= this.#count >> 3;
    this.#held = 0;
    this.#count = 0;
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError('it ends too early');
    this.#at += length;
    return bytes;
  }
}

/** A canonical Huffman code. Words of one length are consecutive numbers, and come after all shorter words. */
interface Code {
  /** The number of words of each length. */
  readonly counts: Uint16Array;
  /** The symbols in the order of their words. */
  readonly symbols: Uint16Array;
  /**
   * Indexed by the next `quickBits` of the stream: symbol · 16 + length for words of at most `quickBits`, otherwise 0.
   */
  readonly quick: Uint16Array;
}

interface Codes {
  readonly literals: Code;
  readonly distances: Code;
}

const longestWord = 15;
const quickBits = 10;

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(longestWord + 1);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  // The first word of each length, and the place of its symbol.
  const words = new Uint16Array(longestWord + 2);
  const places = new Uint16Array(longestWord + 2);
  for (let length = 1; length <= longestWord; length += 1) {
    const count = counts[length] ?? 0;
    const past = (words[length] ?? 0) + count;
    if (past > 1 << length) throw new RangeError('it has a code with more words than there are');
    words[length + 1] = past << 1;
    places[length + 1] = (places[length] ?? 0) + count;
  }
  const symbols = new Uint16Array(lengths.length);
  const quick = new Uint16Array(1 << quickBits);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const word = words[length] ?? 0;
    symbols[places[length] ?? 0] = symbol;
    words[length] = word + 1;
    places[length] = (places[length] ?? 0) + 1;
    // A word's highest bit comes first in the stream. The stream's next bit is the lowest peeked bit.
    if (length > quickBits) continue;
    for (let next = reversed(word, length); next < quick.length; next += 1 << length)
      quick[next] = symbol * 16 + length;
  }
  return { counts, symbols, quick };
}

function reversed(word: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((word >> bit) & 1) << (length - 1 - bit);
  return result;
}

function readSymbol(bits: BitReader, { counts, symbols, quick }: Code): number {
  const next = bits.peek(longestWord);
  const found = quick[next & (quick.length - 1)] ?? 0;
  if (found !== 0) {
    bits.skip(found & 15);
    return found >> 4;
  }
  let word = 0;
  let first = 0;
  let place = 0;
  for (let length = 1; length <= longestWord; length += 1) {
    word |= (next >> (length - 1)) & 1;
    const count = counts[length] ?? 0;
    if (word - first < count) {
      bits.skip(length);
      return symbols[place + word - first] ?? 0;
    }
    place += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  throw new RangeError('it has a word that its code does not know');
}

/** RFC 1951, 3.2.6. */
const fixedCodes: Codes = {
  literals: codeOf(new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280)),
  distances: codeOf(new Uint8Array(30).fill(5)),
};

/** The order in which the lengths of the lengths' code are stored. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const endOfBlock = 256;

/** RFC 1951, 3.2.7: the two codes, given as lengths that are themselves coded. */
function readCodes(bits: BitReader): Codes {
  const literalCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const lengthCount = bits.take(4) + 4;
  const ownLengths = new Uint8Array(lengthOrder.length);
  for (const place of lengthOrder.slice(0, lengthCount)) ownLengths[place] = bits.take(3);
  const code = codeOf(ownLengths);
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let at = 0; at < lengths.length;) {
    const symbol = readSymbol(bits, code);
    if (symbol < 16) {
      lengths[at] = symbol;
      at += 1;
      continue;
    }
    if (symbol === 16 && at === 0) throw new RangeError('it repeats a length before the first');
    const repeated = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    if (at + times > lengths.length) throw new RangeError('it has more lengths than symbols');
    lengths.fill(repeated, at, at + times);
    at += times;
  }
  if (lengths[endOfBlock] === 0) throw new RangeError('it has a block without an end');
  return { literals: codeOf(lengths.subarray(0, literalCount)), distances: codeOf(lengths.subarray(literalCount)) };
}

/** @param enough the most bytes wanted in all */
function copyStored(bits: BitReader, out: Uint8Array, at: number, enough: number): number {
  const [low = 0, high = 0, notLow = 0, notHigh = 0] = bits.bytes(4);
  const stored = low | (high << 8);
  if (stored !== (~(notLow | (notHigh << 8)) & 0xffff))
    throw new RangeError('it has a stored block whose length is damaged');
  const length = Math.min(stored, enough - at);
  checkRoom(out, at + length);
  out.set(bits.bytes(length), at);
  return at + length;
}

/** RFC 1951, 3.2.5: symbols 257 to 285 are lengths, 0 to 29 distances; each has a base and extra bits. */
const lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const distanceExtras = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** @param enough as `copyStored` */
function inflateBlock(
  bits: BitReader,
  { literals, distances }: Codes,
  out: Uint8Array,
  start: number,
  enough: number,
): number {
  let at = start;
  while (at < enough) {
    const symbol = readSymbol(bits, literals);
    if (symbol === endOfBlock) return at;
    if (symbol < endOfBlock) {
      checkRoom(out, at + 1);
      out[at] = symbol;
      at += 1;
      continue;
    }
    const repeated = withExtra(bits, symbol - endOfBlock - 1, lengthBases, lengthExtras);
    const length = Math.min(repeated, enough - at);
    const distance = withExtra(bits, readSymbol(bits, distances), distanceBases, distanceExtras);
    if (distance > at) throw new RangeError('it repeats what lies before its start');
    checkRoom(out, at + length);
    // Byte by byte: the repeated bytes may include bytes that this loop writes.
    for (let i = 0; i < length; i += 1) out[at + i] = out[at + i - distance] ?? 0;
    at += length;
  }
  return at;
}

function withExtra(bits: BitReader, symbol: number, bases: readonly number[], extras: readonly number[]): number {
  const base = bases[symbol];
  if (base === undefined) throw new RangeError('it has a length or distance that there is not');
  return base + bits.take(extras[symbol] ?? 0);
}

function checkRoom(out: Uint8Array, end: number): void {
  if (end > out.length) throw new RangeError(`it inflates to more than ${out.length} bytes`);
}
