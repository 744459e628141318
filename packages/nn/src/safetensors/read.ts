import { scope, type Tensor } from '@hypercorr/tensor';
import { place, type HostTensor, type PlacementOptions } from '../host-tensor.ts';
import { decodeElements } from './decode.ts';
import { formatError, lengthBytes, quote, type Entry } from './format.ts';
import { headerLength, parseHeader, type Header } from './header.ts';

export interface ParseOptions {
  /** What errors call the bytes: a file's name, say. */
  readonly source?: string;
}

/**
 * Opens a safetensors file that is in memory. The header is checked as a whole; elements are decoded when asked for.
 *
 * @throws FormatError that names the source, the tensor, and what is wrong with it
 *
 * @example scope(() => void model.loadStateDict(parseSafetensors(bytes).tensors()));
 */
export function parseSafetensors(bytes: Uint8Array, { source = 'safetensors bytes' }: ParseOptions = {}): Safetensors {
  const length = headerLength(bytes.subarray(0, lengthBytes), bytes.length, source);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), bytes.length, source);
  return new Safetensors(bytes, header, source);
}

/** A safetensors file in memory. */
export class Safetensors implements Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #bytes: Uint8Array;
  readonly #source: string;

  /** @internal Made by `parseSafetensors`. */
  constructor(bytes: Uint8Array, { entries, metadata }: Header, source: string) {
    this.entries = entries;
    this.metadata = metadata;
    this.#bytes = bytes;
    this.#source = source;
  }

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /**
   * One tensor's elements, exactly: F16 and BF16 become float32, U8 and I64 int32.
   *
   * @throws FormatError for a name that is not there, or elements that no dtype of this library holds
   */
  read(name: string): HostTensor {
    const entry = entryNamed(this.entries, name, this.#source);
    return decodeElements(entry, new Uint8Array(this.#bytes.subarray(entry.begin, entry.end)), this.#source);
  }

  /** One tensor, on an engine. @throws as `read`, and DTypeError for float64 that is to be kept where it cannot be */
  tensor(name: string, options: PlacementOptions = {}): Tensor {
    return place(this.read(name), options);
  }

  /** All tensors by name. @throws as `tensor` */
  tensors(options: PlacementOptions = {}): Record<string, Tensor> {
    return scope(() => Object.fromEntries(this.names.map((name) => [name, this.tensor(name, options)])));
  }
}

export function entryNamed(entries: ReadonlyMap<string, Entry>, name: string, source: string): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const some = [...entries.keys()].slice(0, 5).map(quote).join(', ');
  const all = entries.size > 5 ? `${some}, …` : some;
  throw formatError(source, `there is no tensor ${quote(name)}; it holds ${entries.size}: ${all}`);
}
