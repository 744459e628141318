import { open, type FileHandle } from 'node:fs/promises';
import type { Tensor } from '@hypercorr/tensor';
import { place, type HostTensor, type PlacementOptions } from '../host-tensor.ts';
import { decodeElements } from './decode.ts';
import { formatError, lengthBytes, type Entry } from './format.ts';
import { headerLength, parseHeader, type Header } from './header.ts';
import { entryNamed } from './read.ts';

/**
 * Opens a safetensors file. The header is read and checked as a whole; elements are read when asked for, one tensor
 * at a time. `close()` it in the end.
 *
 * @throws FormatError that names the file, the tensor, and what is wrong with it; the system's error for a file that
 * cannot be read
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, Math.min(size, lengthBytes), path);
    const header = await readAt(handle, lengthBytes, headerLength(start, size, path), path);
    return new SafetensorsFile(handle, parseHeader(header, size, path), path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * All tensors of a safetensors file.
 *
 * @throws as `openSafetensors`, and DTypeError for float64 that is to be kept where it cannot be
 *
 * @example
 * const state = await loadSafetensors('best.safetensors');
 * model.loadStateDict(state);
 * for (const tensor of Object.values(state)) tensor.dispose();
 */
export async function loadSafetensors(path: string, options: PlacementOptions = {}): Promise<Record<string, Tensor>> {
  const file = await openSafetensors(path);
  try {
    return await file.tensors(options);
  } finally {
    await file.close();
  }
}

/** An open safetensors file. */
export class SafetensorsFile implements Header {
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

  /**
   * One tensor's elements, exactly: F16 and BF16 become float32, U8 and I64 int32.
   *
   * @throws FormatError for a name that is not there, or elements that no dtype of this library holds
   */
  async read(name: string): Promise<HostTensor> {
    const entry = entryNamed(this.entries, name, this.#path);
    const bytes = await readAt(this.#handle, entry.begin, entry.end - entry.begin, this.#path);
    return decodeElements(entry, bytes, this.#path);
  }

  /** One tensor, on an engine. @throws as `read`, and DTypeError for float64 that is to be kept where it cannot be */
  async tensor(name: string, options: PlacementOptions = {}): Promise<Tensor> {
    return place(await this.read(name), options);
  }

  /** All tensors by name, read one after another. @throws as `tensor` */
  async tensors(options: PlacementOptions = {}): Promise<Record<string, Tensor>> {
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

/** What one call of the system reads at most. */
const longestRead = 2 ** 30;

async function readAt(
  handle: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, longestRead), position + done);
    if (bytesRead === 0) throw formatError(path, `it ends at byte ${position + done}: it was cut while being read`);
    done += bytesRead;
  }
  return bytes;
}
