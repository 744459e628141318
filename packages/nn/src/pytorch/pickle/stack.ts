import type { ByteReader } from '../byte-reader.ts';
import { Dict, List, PickleSet, Placeholder, Tuple, kindOf, type Budget, type PickleValue } from './values.ts';

/** The most values that wait on the stack. Picklers take values off by the thousand at most. */
const maxDepth = 2 ** 20;
/**
 * Words of 8 bytes that a pickle may make: a fixed number, and more with each byte that was read. A state of tensors
 * makes about two words a byte.
 */
const freeWords = 2 ** 16;
const wordsPerByte = 4;
/** Words of 8 bytes of an object with its container, and of a Map's entry with the room that the Map keeps free. */
const wordsOf = { container: 8, dictItem: 8, memory: 10 };

/** The unpickler's stack, marks and memo, with an error message for each way in which a pickle can misuse them. */
export class PickleStack implements Budget {
  readonly #reader: ByteReader;
  readonly #start: number;
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #spent = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
    this.#start = reader.position;
  }

  spend(words: number): void {
    this.#spent += words;
    const bytes = this.#reader.position - this.#start;
    if (this.#spent > freeWords + wordsPerByte * bytes) {
      throw this.#reader.refuse(`its pickle makes more of its ${bytes} bytes than any state of tensors does`);
    }
  }

  /** The only value that is left at the end. */
  end(): PickleValue {
    const [value] = this.popSome(1);
    if (this.#values.length + this.#marks.length > 0)
      throw this.#reader.refuse('its pickle ends with more than one value');
    return value ?? null;
  }

  push(value: PickleValue): void {
    this.spend(1);
    if (this.#values.length + this.#marks.length >= maxDepth)
      throw this.#reader.refuse(`its pickle piles up ${maxDepth} values`);
    this.#values.push(value);
  }

  mark(): void {
    this.push(null);
    this.#values.pop();
    this.#marks.push(this.#values.length);
  }

  top(): PickleValue {
    const top = this.#values.at(-1);
    if (top === undefined || this.#values.length <= (this.#marks.at(-1) ?? 0)) throw this.#underflow();
    return top;
  }

  /** The uppermost values, the lowest of them first. */
  popSome(count: number): PickleValue[] {
    if (this.#values.length - (this.#marks.at(-1) ?? 0) < count) throw this.#underflow();
    return this.#values.splice(this.#values.length - count);
  }

  /** All values above the last mark, and the mark. */
  popMarked(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#underflow();
    return this.#values.splice(mark);
  }

  /** Drops the uppermost value, or a mark with nothing above it. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else if (this.#values.pop() === undefined) throw this.#underflow();
  }

  make(value: Tuple | List | Dict | PickleSet): void {
    this.spend(wordsOf.container);
    this.push(value);
  }

  makeTuple(items: readonly PickleValue[]): void {
    this.spend(items.length);
    this.make(new Tuple(items));
  }

  appendTo(items: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof Placeholder) return;
    if (!(list instanceof List)) throw this.#reader.refuse(`its pickle appends to ${kindOf(list)}`);
    this.spend(items.length);
    for (const item of items) list.items.push(item);
  }

  addTo(items: readonly PickleValue[]): void {
    const set = this.top();
    if (set instanceof Placeholder) return;
    if (!(set instanceof PickleSet)) throw this.#reader.refuse(`its pickle adds to ${kindOf(set)}`);
    this.spend(items.length);
    for (const item of items) set.items.push(item);
  }

  /** Takes keys and values in turns. */
  setIn(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof Placeholder) return;
    if (!(dict instanceof Dict)) throw this.#reader.refuse(`its pickle puts keys into ${kindOf(dict)}`);
    if (items.length % 2 === 1) throw this.#reader.refuse('its pickle has a key without a value');
    this.spend((items.length / 2) * wordsOf.dictItem);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
  }

  get remembered(): number {
    return this.#memo.size;
  }

  remember(index: number): void {
    if (!this.#memo.has(index)) this.spend(wordsOf.memory);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#reader.refuse(`its pickle recalls value ${index}, which it never had`);
    this.push(value);
  }

  #underflow() {
    return this.#reader.refuse(`its pickle takes a value at byte ${this.#reader.position} where it has none`);
  }
}
