import { FormatError, Tensor, keep, read, retain, type HalfFormat, type HostArray } from '@hypercorr/tensor';
import { checkOptions, formatShape, sizeOf } from '@hypercorr/tensor/op';
import type { HostTensor } from '../host-tensor.ts';
import { elementBytes, quote, type RawTensor, type StoredTensor } from './format.ts';
import { checkHalfFormat, floatsToHalves, storedHalves } from './half.ts';
import { planFile, storedDTypes, type Layout, type Metadata } from './layout.ts';

export interface WriteOptions {
  /** Free text to keep with the tensors. */
  readonly metadata?: Metadata;
  /**
   * How to write float32: as it is (the default), or rounded to the nearest number of 16 bits. Raw tensors always keep their
   * type; `toHalf` rounds those.
   */
  readonly float32?: 'keep' | HalfFormat;
}

/** The names of the options of functions that write a file. */
export const writeOptions = { metadata: true, float32: true };

/**
 * Writable tensors by name: tensors of an engine, elements that are on the host already, or raw elements of another
 * file.
 */
export type Writable = Readonly<Record<string, WritableTensor>>;

/** @inline */
type WritableTensor = Tensor | HostTensor | RawTensor;

/**
 * A safetensors file as bytes: float32 as F32 (F16 or BF16 where asked for), float64 as F64, int32 as I32, bool as BOOL, raw tensors in their own
 * type. The tensors may be freed or replaced while the file is made.
 *
 * @throws FormatError for a name or text that the format cannot hold, and for elements that 16 bits cannot hold
 */
export async function serialiseTensors(
  tensors: Writable,
  options: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('serialiseTensors', options, writeOptions);
  return withChunks('serialiseTensors', tensors, options, async (chunks, { fileBytes }) => {
    const file = new Uint8Array(fileBytes);
    let at = 0;
    for await (const chunk of chunks) {
      file.set(chunk, at);
      at += chunk.length;
    }
    return file;
  });
}

/**
 * Hands `use` the bytes of a file a piece at a time, so that no more than one tensor has to be on the host.
 * The tensors are held from the call to the end of `use`.
 */
export async function withChunks<T>(
  op: string,
  tensors: Writable,
  { metadata, float32 = 'keep' }: WriteOptions,
  use: (chunks: AsyncIterable<Uint8Array>, layout: Layout) => Promise<T>,
): Promise<T> {
  const half = float32 === 'keep' ? undefined : float32;
  if (half !== undefined) checkHalfFormat(op, half);
  const layout = planFile(
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, stored(tensor, half)])),
    metadata,
  );
  const held = new Map<string, WritableTensor>();
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      held.set(name, tensor instanceof Tensor ? keep(retain(tensor)) : checked(name, tensor));
    }
    return await use(chunksOf(layout, held, half), layout);
  } finally {
    for (const tensor of held.values()) {
      if (tensor instanceof Tensor) tensor.dispose();
    }
  }
}

async function* chunksOf(
  { header, names }: Layout,
  held: ReadonlyMap<string, WritableTensor>,
  half: HalfFormat | undefined,
) {
  yield header;
  for (const name of names) {
    const tensor = held.get(name);
    if (tensor !== undefined) yield await bytesOf(tensor, name, half);
  }
}

function stored(tensor: WritableTensor, half: HalfFormat | undefined): StoredTensor {
  if (isRaw(tensor)) return tensor;
  if (tensor.dtype === 'float32' && half !== undefined) return { dtype: storedHalves[half], shape: tensor.shape };
  return { dtype: storedDTypes[tensor.dtype], shape: tensor.shape };
}

function checked<T extends HostTensor | RawTensor>(name: string, tensor: T): T {
  const elements = isRaw(tensor) ? tensor.bytes.length / elementBytes[tensor.dtype] : tensor.data.length;
  if (elements === sizeOf(tensor.shape)) return tensor;
  const wanted = `shape ${formatShape(tensor.shape)} has ${sizeOf(tensor.shape)}`;
  throw new FormatError('safetensors', `tensor ${quote(name)} has ${elements} elements, ${wanted}`);
}

async function bytesOf(tensor: WritableTensor, name: string, half: HalfFormat | undefined): Promise<Uint8Array> {
  if (isRaw(tensor)) return tensor.bytes;
  const data: HostArray = tensor instanceof Tensor ? await read(tensor) : tensor.data;
  if (half !== undefined && data instanceof Float32Array) {
    return new Uint8Array(floatsToHalves(data, half, `tensor ${quote(name)}`).buffer);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function isRaw(tensor: WritableTensor): tensor is RawTensor {
  return 'bytes' in tensor;
}
