import type { FileHandle } from 'node:fs/promises';
import type { Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { place, placementOptions, type HostTensor, type PlacementOptions } from '../host-tensor.ts';
import { openRegular, readRange } from '../read-range.ts';
import { decodeElements } from './decode.ts';
import { formatError, lengthBytes, quote, type Entry, type RawTensor } from './format.ts';
import { headerLength, parseHeader, type Header } from './header.ts';
import { entryNamed } from './read.ts';

/**
 * Opens a safetensors file. The header is read and checked as a whole; the elements of one tensor are read when asked
 * for. Call `close()` at the end.
 *
 * @throws FormatError that names the file, the tensor and the fault; the system's error for a file that
 * cannot be read
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const cut = cutShort(path);
  const { handle, size } = await openRegular(path, cut);
  try {
    const start = await readRange(handle, 0, Math.min(size, lengthBytes), cut);
    const header = await readRange(handle, lengthBytes, headerLength(start, size, path), cut);
    return new SafetensorsFile(handle, parseHeader(header, size, path), path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * All tensors of a safetensors file.
 *
 * @throws as `openSafetensors`, and DTypeError for float64 elements to keep on an engine without float64
 *
 * @example
 * const state = await loadSafetensors('best.safetensors');
 * model.loadStateDict(state);
 * for (const tensor of Object.values(state)) tensor.dispose();
 */
export async function loadSafetensors(path: string, options: PlacementOptions = {}): Promise<Record<string, Tensor>> {
  checkOptions('loadSafetensors', options, placementOptions);
  const file = await openSafetensors(path);
  try {
    return await file.tensors(options);
  } finally {
    await file.close();
  }
}

/** An open safetensors file. */
export class SafetensorsFile implements Header {
  readonly format = 'safetensors';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #handle: FileHandle;
  readonly #path: string;

  /** @internal Made by `openSafetensors`. */
  constructor(handle: FileHandle, { entries, metadata }: Header, path: string) {
    this.entries = entries;
    this.metadata = metadata;
    this.#handle = handle;
    this.#path = path;
  }

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** One tensor's elements as they are stored. @throws FormatError for a name that the file does not have */
  async raw(name: string): Promise<RawTensor> {
    const { dtype, shape, begin, end } = entryNamed(this.entries, name, this.#path);
    return { dtype, shape, bytes: await readRange(this.#handle, begin, end - begin, cutShort(this.#path)) };
  }

  /**
   * One tensor's elements, exactly: F16 and BF16 become float32, integers int32.
   *
   * @throws FormatError for a name that the file does not have, or elements that no dtype of this library can hold
   */
  async read(name: string): Promise<HostTensor> {
    return decodeElements(await this.raw(name), (what) => formatError(this.#path, `tensor ${quote(name)} ${what}`));
  }

  /**
   * One tensor, on an engine. @throws as `read`, and DTypeError for float64 elements to keep on an engine without
   * float64
   */
  async tensor(name: string, options: PlacementOptions = {}): Promise<Tensor> {
    return place(await this.read(name), options);
  }

  /** All tensors by name, read one after another. @throws as `tensor` */
  async tensors(options: PlacementOptions = {}): Promise<Record<string, Tensor>> {
    checkOptions('tensors', options, placementOptions);
    const loaded: [string, Tensor][] = [];
    try {
      for (const name of this.names) loaded.push([name, await this.tensor(name, options)]);
    } catch (error) {
      for (const [, tensor] of loaded) tensor.dispose();
      throw error;
    }
    return Object.fromEntries(loaded);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function cutShort(path: string) {
  return (what: string) => formatError(path, what);
}
