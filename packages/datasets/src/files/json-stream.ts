import { FormatError } from '@hypercorr/tensor';
import { decodeText, parseJson } from './text.ts';

/** The longest value that is parsed at once, in bytes: an entry of a list, such as one annotation. */
const mostValueBytes = 2 ** 28;

const code = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openList: 0x5b,
  escape: 0x5c,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** What comes next between values. `first` differs from `next` in that the list or object may end. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma or end' | 'nothing';

/** A list or object that is open. */
type Open =
  | { readonly kind: 'list'; readonly items: unknown[] }
  | { readonly kind: 'object'; readonly entries: [string, unknown][]; key: string };

/** A value whose bytes are collected until they can be parsed. */
interface Piece {
  readonly isKey: boolean;
  readonly kind: 'text' | 'nested' | 'plain';
  /** How many lists and objects are open in it. */
  depth: number;
  inText: boolean;
  escaped: boolean;
  /** Its bytes from earlier parts of the file. */
  readonly parts: Uint8Array[];
  bytes: number;
}

/**
 * Parses a JSON that comes in parts. The outermost value is taken apart, and the lists that are its entries, as those of
 * COCO's annotations; `JSON.parse` reads what lies within, entry by entry. So the text is never in memory as a whole.
 *
 * @throws FormatError for what `JSON.parse` refuses, and for an entry of 256 MB
 *
 * @example
 * const stream = new JsonStream('instances.json', 'annotations');
 * for await (const bytes of parts) stream.push(bytes);
 * const json = stream.end();
 */
export class JsonStream {
  readonly #file: string;
  readonly #role: string;
  readonly #open: Open[] = [];
  #expected: Expected = 'value';
  #piece: Piece | undefined;
  #result: unknown;
  /** Bytes before the part that is read. */
  #before = 0;

  /**
   * @param file named in errors
   * @param role what the file is, for errors
   */
  constructor(file: string, role: string) {
    this.#file = file;
    this.#role = role;
  }

  /** Reads the next part; the first has three bytes at least. The stream keeps it until the value in it ends. */
  push(bytes: Uint8Array): void {
    let at = this.#before === 0 && startsWithMark(bytes) ? 3 : 0;
    while (at < bytes.length)
      at = this.#piece === undefined ? this.#step(bytes, at) : this.#collect(bytes, at, this.#piece);
    this.#before += bytes.length;
  }

  /** The whole value. @throws FormatError for a JSON that is cut off */
  end(): unknown {
    const piece = this.#piece;
    // A number ends with the file.
    if (piece?.kind === 'plain') this.#finish(piece);
    if (this.#expected !== 'nothing') throw this.#refuse('it ends too early');
    return this.#result;
  }

  /** Reads what stands between values. @returns where to go on */
  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0;
    if (isBlank(byte)) return at + 1;
    const expected = this.#expected;
    switch (expected) {
      case 'first value':
      case 'value':
        if (byte === code.closeList && expected === 'first value') this.#close();
        else return this.#begin(byte, at);
        break;
      case 'first key':
      case 'key':
        if (byte === code.closeObject && expected === 'first key') this.#close();
        else if (byte === code.quote) return this.#beginPiece(byte, at, true);
        else throw this.#unexpected(byte, at);
        break;
      case 'colon':
        if (byte !== code.colon) throw this.#unexpected(byte, at);
        this.#expected = 'value';
        break;
      case 'comma or end': {
        const isList = this.#open.at(-1)?.kind === 'list';
        if (byte === code.comma) this.#expected = isList ? 'value' : 'key';
        else if (byte === (isList ? code.closeList : code.closeObject)) this.#close();
        else throw this.#unexpected(byte, at);
        break;
      }
      case 'nothing':
        throw this.#unexpected(byte, at);
    }
    return at + 1;
  }

  /** Begins a value. The outermost one is taken apart, and lists in an outermost object. */
  #begin(byte: number, at: number): number {
    const [outermost] = this.#open;
    if (
      byte === code.openList &&
      (outermost === undefined || (outermost.kind === 'object' && this.#open.length === 1))
    ) {
      this.#open.push({ kind: 'list', items: [] });
      this.#expected = 'first value';
      return at + 1;
    }
    if (byte === code.openObject && outermost === undefined) {
      this.#open.push({ kind: 'object', entries: [], key: '' });
      this.#expected = 'first key';
      return at + 1;
    }
    return this.#beginPiece(byte, at, false);
  }

  #beginPiece(byte: number, at: number, isKey: boolean): number {
    const isNested = byte === code.openList || byte === code.openObject;
    const kind = byte === code.quote ? 'text' : isNested ? 'nested' : 'plain';
    if (kind === 'plain' && !/[-\dtfn]/.test(String.fromCharCode(byte))) throw this.#unexpected(byte, at);
    // The first byte is collected with the rest, and opens the text or the depth.
    this.#piece = { isKey, kind, depth: 0, inText: false, escaped: false, parts: [], bytes: 0 };
    return at;
  }

  /** Collects a value's bytes up to its end. @returns where to go on */
  #collect(bytes: Uint8Array, start: number, piece: Piece): number {
    const end = piece.kind === 'plain' ? endOfPlain(bytes, start) : endOfPiece(bytes, start, piece);
    const part = bytes.subarray(start, end ?? bytes.length);
    piece.bytes += part.length;
    if (piece.bytes > mostValueBytes)
      throw this.#refuse(`a value before byte ${this.#before + bytes.length} has more than ${mostValueBytes} bytes`);
    piece.parts.push(part);
    if (end === undefined) return bytes.length;
    this.#finish(piece);
    return end;
  }

  #finish({ isKey, parts, bytes }: Piece): void {
    this.#piece = undefined;
    const value = parseJson(decodeText(joined(parts, bytes), this.#file, this.#role), this.#file, this.#role);
    const open = this.#open.at(-1);
    if (isKey && open?.kind === 'object') {
      open.key = String(value);
      this.#expected = 'colon';
    } else this.#accept(value);
  }

  #close(): void {
    const open = this.#open.pop();
    if (open !== undefined) this.#accept(open.kind === 'list' ? open.items : Object.fromEntries(open.entries));
  }

  #accept(value: unknown): void {
    const open = this.#open.at(-1);
    if (open === undefined) this.#result = value;
    else if (open.kind === 'list') open.items.push(value);
    else open.entries.push([open.key, value]);
    this.#expected = open === undefined ? 'nothing' : 'comma or end';
  }

  #unexpected(byte: number, at: number): FormatError {
    return this.#refuse(`byte ${this.#before + at} is ${JSON.stringify(String.fromCharCode(byte))}`);
  }

  #refuse(reason: string): FormatError {
    return new FormatError(this.#role, `${this.#file} is not JSON, or it is cut off: ${reason}`);
  }
}

/** Where a text, list or object ends, one past its last byte; undefined if it goes on in the next part. */
function endOfPiece(bytes: Uint8Array, start: number, piece: Piece): number | undefined {
  let { depth, inText, escaped } = piece;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (escaped) escaped = false;
      else if (byte === code.escape) escaped = true;
      else if (byte === code.quote) {
        inText = false;
        if (depth === 0) return at + 1;
      }
    } else if (byte === code.quote) inText = true;
    else if (byte === code.openList || byte === code.openObject) depth += 1;
    else if (byte === code.closeList || byte === code.closeObject) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  Object.assign(piece, { depth, inText, escaped });
  return undefined;
}

/** Where a number, true, false or null ends: at what follows a value. */
function endOfPlain(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isBlank(byte) || byte === code.comma || byte === code.closeList || byte === code.closeObject) return at;
  }
  return undefined;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether a text starts with UTF-8's byte order mark. */
function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
