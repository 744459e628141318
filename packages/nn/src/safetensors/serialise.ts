import { FormatError, Tensor, formatShape, keep, read, retain, sizeOf, type HostArray } from '@hypercorr/tensor';
import type { HostTensor } from '../host-tensor.ts';
import { quote } from './format.ts';
import { planFile, type Layout, type Metadata } from './layout.ts';

export interface WriteOptions {
  /** Free text to keep with the tensors. */
  readonly metadata?: Metadata;
}

/** What can be written, by name: tensors of an engine, or elements that are on the host already. */
export type Writable = Readonly<Record<string, Tensor | HostTensor>>;

/**
 * A safetensors file as bytes: float32 as F32, float64 as F64, int32 as I32, bool as BOOL. The tensors may be freed
 * or replaced while it is made.
 *
 * @throws FormatError for a name or text that the format cannot hold
 */
export async function serialiseTensors(
  tensors: Writable,
  { metadata }: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return withChunks(tensors, metadata, async (chunks, { fileBytes }) => {
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
  tensors: Writable,
  metadata: Metadata | undefined,
  use: (chunks: AsyncIterable<Uint8Array>, layout: Layout) => Promise<T>,
): Promise<T> {
  const layout = planFile(tensors, metadata);
  const held = new Map<string, Tensor | HostTensor>();
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      held.set(name, tensor instanceof Tensor ? keep(retain(tensor)) : checked(name, tensor));
    }
    return await use(chunksOf(layout, held), layout);
  } finally {
    for (const tensor of held.values()) {
      if (tensor instanceof Tensor) tensor.dispose();
    }
  }
}

async function* chunksOf({ header, names }: Layout, held: ReadonlyMap<string, Tensor | HostTensor>) {
  yield header;
  for (const name of names) {
    const tensor = held.get(name);
    if (tensor !== undefined) yield bytesOf(tensor instanceof Tensor ? await read(tensor) : tensor.data);
  }
}

function checked(name: string, tensor: HostTensor): HostTensor {
  if (tensor.data.length === sizeOf(tensor.shape)) return tensor;
  const wanted = `shape ${formatShape(tensor.shape)} has ${sizeOf(tensor.shape)}`;
  throw new FormatError('safetensors', `tensor ${quote(name)} has ${tensor.data.length} elements, ${wanted}`);
}

function bytesOf(data: HostArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
