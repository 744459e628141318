import { elementBytes, quote, type StoredDType } from '../../safetensors/format.ts';
import type { Refuse } from '../format.ts';
import { Opaque, Placeholder, Tuple, kindOf, type PickleValue } from '../pickle/values.ts';

/** The element type of a storage, as a pickle names it: `torch.FloatStorage`. */
export class StorageType extends Opaque {
  readonly what = 'a type of storages';
  readonly dtype: StoredDType;

  constructor(dtype: StoredDType) {
    super();
    this.dtype = dtype;
  }
}

/** A record's bytes outside of the pickle, or a part of them, that tensors share. */
export class Storage extends Opaque {
  readonly what = 'a storage';
  readonly key: string;
  readonly dtype: StoredDType;
  /** First byte, from the start of the record. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;

  constructor(key: string, dtype: StoredDType, begin: number, end: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.begin = begin;
    this.end = end;
  }
}

/** A storage as a pickle describes it. */
interface StorageSize {
  readonly elements: number;
  readonly bytes: number;
}

/** The storages that a pickle refers to, by their keys. */
export class StorageTable {
  readonly #refuse: Refuse;
  readonly #sizes = new Map<string, StorageSize>();

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  get sizes(): ReadonlyMap<string, StorageSize> {
    return this.#sizes;
  }

  /**
   * `('storage', type, key, location, elements)`. The legacy container adds a sixth item, the part of the storage:
   * None, or `(key of the part, first element, elements)`.
   */
  resolve(id: PickleValue): Storage | Placeholder {
    const [tag, type, key, , elements, part] = id instanceof Tuple ? id.items : [];
    // The class of a module, before its code: `('module', class, file, code)`.
    if (tag === 'module' && type instanceof Placeholder) return type;
    if (tag !== 'storage') throw this.#refuse(`its pickle refers to ${kindOf(id)} outside of itself`);
    if (type instanceof Placeholder)
      throw this.#refuse(`a storage has elements of ${quote(type.path).slice(1, -1)}, which are not read here`);
    if (!(type instanceof StorageType) || typeof key !== 'string')
      throw this.#refuse('its pickle refers to a storage without type and key');
    const size = elementBytes[type.dtype];
    const length = toSize(elements, 'the length of a storage', this.#refuse);
    const bytes = size * length;
    const known = this.#sizes.get(key);
    if (known !== undefined && (known.bytes !== bytes || known.elements !== length)) {
      throw this.#refuse(`storage ${quote(key)} has ${known.bytes} bytes in one place and ${bytes} in another`);
    }
    this.#sizes.set(key, { elements: length, bytes });
    if (part === undefined || part === null) return new Storage(key, type.dtype, 0, bytes);
    const [, first, count] = part instanceof Tuple ? part.items : [];
    const begin = size * toSize(first, 'the start of a part of a storage', this.#refuse);
    const end = begin + size * toSize(count, 'the length of a part of a storage', this.#refuse);
    if (end > bytes) throw this.#refuse(`a part of storage ${quote(key)} ends at byte ${end} of ${bytes}`);
    return new Storage(key, type.dtype, begin, end);
  }
}

/** A number of elements or a position: a whole number from 0 whose size in bytes a double holds exactly. */
export function toSize(value: PickleValue | undefined, what: string, refuse: Refuse): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 48) return value;
  const got = typeof value === 'number' ? value : typeof value === 'bigint' ? shortened(value) : kindOf(value ?? null);
  throw refuse(`${what} is ${got}`);
}

/** Shortens an integer, which may have 600 digits. */
function shortened(value: bigint): string {
  const digits = String(value);
  return digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
}
