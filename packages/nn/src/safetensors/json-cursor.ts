import { printable, quote } from './format.ts';

/**
 * Reads JSON of a known form from front to back. Unlike `JSON.parse` it refuses a repeated key and a number that is not
 * an exact integer. It builds only what the caller asks for, so hostile text (nested a million times, for example)
 * costs no memory.
 *
 * Every method throws SyntaxError for text of another form.
 */
export class JsonCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads an object of at most `most` keys. `readValue` has to read the value of each. */
  object(readValue: (key: string) => void, most: number): void {
    const keys = new Set<string>();
    this.#expect('{');
    if (this.#take('}')) return;
    do {
      if (keys.size === most) throw new SyntaxError(`has more than ${most} keys`);
      const key = this.string();
      if (keys.has(key)) throw new SyntaxError(`the key ${quote(key)} comes twice`);
      keys.add(key);
      this.#expect(':');
      readValue(key);
    } while (this.#take(','));
    this.#expect('}');
  }

  list<T>(readItem: () => T, most: number): T[] {
    const items: T[] = [];
    this.#expect('[');
    if (this.#take(']')) return items;
    do {
      if (items.length === most) throw new SyntaxError(`has a list of more than ${most} items`);
      items.push(readItem());
    } while (this.#take(','));
    this.#expect(']');
    return items;
  }

  string(): string {
    const text = this.#text;
    const start = this.#skipSpace();
    if (text[start] !== '"') throw this.#unexpected('a text');
    let isPlain = true;
    let end = start + 1;
    for (; end < text.length && text.charCodeAt(end) !== quoteCode; end += 1) {
      const code = text.charCodeAt(end);
      if (code === backslashCode || code < spaceCode) isPlain = false;
      // An escaped character does not end the text.
      if (code === backslashCode) end += 1;
    }
    this.#at = end + 1;
    if (isPlain && end < text.length) return text.slice(start + 1, end);
    // JSON.parse judges escapes, control characters and a text without an end.
    return parseText(text.slice(start, this.#at));
  }

  /** A whole number from 0 that a double holds exactly, without fraction or exponent. */
  size(): number {
    const text = this.#text;
    const start = this.#skipSpace();
    let end = start;
    let value = 0;
    for (; isDigit(text.charCodeAt(end)); end += 1) value = value * 10 + (text.charCodeAt(end) - zeroCode);
    const isWhole = end > start && !(text[start] === '0' && end > start + 1) && !'.eE'.includes(text[end] ?? ' ');
    if (!isWhole || !Number.isSafeInteger(value)) throw this.#unexpected('a whole number from 0');
    this.#at = end;
    return value;
  }

  /** Checks that only space is left. */
  end(): void {
    if (this.#skipSpace() < this.#text.length) throw this.#unexpected('the end');
  }

  #take(character: string): boolean {
    if (this.#text[this.#skipSpace()] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#unexpected(character);
  }

  #skipSpace(): number {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#at;
  }

  #unexpected(wanted: string): SyntaxError {
    const found = this.#at < this.#text.length ? excerpt(this.#text.slice(this.#at, this.#at + 50)) : 'the end';
    return new SyntaxError(`expected ${wanted} at character ${this.#at}, found ${found}`);
  }
}

function excerpt(text: string): string {
  return printable(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function parseText(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return String(value);
  } catch (cause) {
    // The platform's message may quote the file's text.
    throw cause instanceof SyntaxError ? new SyntaxError(printable(cause.message), { cause }) : cause;
  }
}

const quoteCode = 0x22;
const backslashCode = 0x5c;
const spaceCode = 0x20;
const zeroCode = 0x30;

function isDigit(code: number): boolean {
  return code >= zeroCode && code <= zeroCode + 9;
}

/** Space, tab, line feed, carriage return. */
function isSpace(code: number): boolean {
  return code === spaceCode || code === 0x09 || code === 0x0a || code === 0x0d;
}
