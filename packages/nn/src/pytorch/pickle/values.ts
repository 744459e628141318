import { quote } from '../../safetensors/format.ts';

/**
 * The values in a pickle of plain data. Lists and the other containers are classes of their own, so that none is taken
 * for another, and so that no text of a file becomes a property of an object.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | List
  | Tuple
  | Dict
  | PickleSet
  | Opaque;

export class List {
  readonly items: PickleValue[] = [];
}

export class Tuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

export class PickleSet {
  readonly items: PickleValue[];

  constructor(items: readonly PickleValue[] = []) {
    this.items = [...items];
  }
}

/** Entries in the order of insertion. A repeated key replaces the value. */
export class Dict {
  /** Made at the first insertion: an empty dict costs a file only one byte. */
  #entries: Map<PickleValue, PickleValue> | undefined;

  set(key: PickleValue, value: PickleValue): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  get(key: PickleValue): PickleValue | undefined {
    return this.#entries?.get(key);
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  entries(): Iterable<readonly [PickleValue, PickleValue]> {
    return this.#entries ?? [];
  }
}

/** The value of a name that a pickle asks for, or an object made with such a value. */
export abstract class Opaque {
  /** For errors: "a tensor". */
  abstract readonly what: string;
}

/** A name that the pickle calls with arguments. */
export class Callable extends Opaque {
  readonly what: string;
  readonly call: (args: readonly PickleValue[], budget: Budget) => PickleValue;

  constructor(name: string, call: Callable['call']) {
    super();
    this.what = `the name ${name}`;
    this.call = call;
  }
}

/** An object that can be given a state after it was made. */
export abstract class Buildable extends Opaque {
  abstract build(state: PickleValue): void;
}

/**
 * Stands for a class, a function or an object that is not known here, such as `argparse.Namespace`. A placeholder holds
 * nothing: it stays the same whatever a pickle calls it with, puts into it or builds of it.
 */
export class Placeholder extends Buildable {
  /** `argparse.Namespace` */
  readonly path: string;
  #isModule = false;

  constructor(path: string) {
    super();
    this.path = path;
  }

  get what(): string {
    return `an object of ${quote(this.path).slice(1, -1)}`;
  }

  /** Whether an object of this class was given the state of a `torch.nn.Module`: it is a whole model. */
  get isModule(): boolean {
    return this.#isModule;
  }

  build(state: PickleValue): void {
    this.#isModule ||= state instanceof Dict && state.get('_modules') !== undefined;
  }
}

/** Words of 8 bytes that a Uint8Array takes besides its bytes. The bytes stay in the file. */
export const bytesWords = 16;

/** Limits the memory that a pickle may take, in proportion to its length. */
export interface Budget {
  /** @param words of 8 bytes, approximately. @throws FormatError after too many words */
  spend(words: number): void;
}

/** For errors: "a dict of 3", "the text "cpu"". */
export function kindOf(value: PickleValue): string {
  if (value === null) return 'None';
  if (value instanceof Opaque) return value.what;
  if (value instanceof Dict) return `a dict of ${value.size}`;
  if (value instanceof List) return `a list of ${value.items.length}`;
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`;
  if (value instanceof PickleSet) return 'a set';
  if (value instanceof Uint8Array) return 'bytes';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'boolean':
      return 'a bool';
    case 'number':
    case 'bigint':
      return 'a number';
  }
}
