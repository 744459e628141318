import type { FormatError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { StoredState, noSuchTensor } from '../stored-state.ts';
import { formatError, lengthBytes, type Entry, type RawTensor } from './format.ts';
import { headerLength, parseHeader, type Header } from './header.ts';

export interface ParseOptions {
  /** The name of the bytes in errors, such as a file's name. */
  readonly source?: string;
}

/** The names of the options of functions that parse bytes. */
export const parseOptions = { source: true };

/**
 * Opens a safetensors file that is in memory. The header is checked as a whole; elements are decoded when asked for.
 *
 * @throws FormatError that names the source, the tensor and the fault
 *
 * @example scope(() => void model.loadStateDict(parseSafetensors(bytes).tensors()));
 */
export function parseSafetensors(bytes: Uint8Array, options: ParseOptions = {}): Safetensors {
  checkOptions('parseSafetensors', options, parseOptions);
  const { source = 'safetensors bytes' } = options;
  const length = headerLength(bytes.subarray(0, lengthBytes), bytes.length, source);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), bytes.length, source);
  return new Safetensors(bytes, header, source);
}

/** A safetensors file in memory. */
export class Safetensors extends StoredState implements Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #bytes: Uint8Array;
  readonly #source: string;

  /** @internal Made by `parseSafetensors`. */
  constructor(bytes: Uint8Array, { entries, metadata }: Header, source: string) {
    super();
    this.entries = entries;
    this.metadata = metadata;
    this.#bytes = bytes;
    this.#source = source;
  }

  raw(name: string): RawTensor {
    const entry = entryNamed(this.entries, name, this.#source);
    const { dtype, shape, begin, end } = entry;
    return { dtype, shape, bytes: new Uint8Array(this.#bytes.subarray(begin, end)) };
  }

  protected refuse(what: string): FormatError {
    return formatError(this.#source, what);
  }
}

export function entryNamed(entries: ReadonlyMap<string, Entry>, name: string, source: string): Entry {
  const entry = entries.get(name);
  if (entry === undefined) throw formatError(source, noSuchTensor(entries, name));
  return entry;
}
