import { FormatError, type DType } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import {
  elementBytes,
  isIllFormed,
  lengthBytes,
  maxHeaderBytes,
  metadataKey,
  quote,
  type StoredDType,
  type StoredTensor,
} from './format.ts';

/** Free text by name, kept with the tensors of a file. */
export type Metadata = Readonly<Record<string, string>>;

/** The safetensors type of each dtype of this library. */
export const storedDTypes = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  bool: 'BOOL',
} as const satisfies Record<DType, StoredDType>;

/** The contents of a file, in their order. */
export interface Layout {
  /** Everything before the elements. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** The tensors in the order of their elements. */
  readonly names: readonly string[];
  readonly fileBytes: number;
}

/**
 * Plans a file. Tensors of wide elements come first, so that every tensor is aligned to its elements.
 *
 * @throws FormatError for a name or text that the format cannot hold
 */
export function planFile(tensors: Readonly<Record<string, StoredTensor>>, metadata: Metadata | undefined): Layout {
  for (const [name, text] of Object.entries<unknown>(metadata ?? {})) {
    if (typeof text !== 'string')
      throw new FormatError('safetensors', `metadata ${quote(name)} is a ${typeof text}; the format holds text only`);
  }
  for (const text of [...Object.keys(tensors), ...Object.entries(metadata ?? {}).flat()]) {
    if (isIllFormed(text)) throw new FormatError('safetensors', `${quote(text)} is no well-formed text`);
  }
  if (Object.hasOwn(tensors, metadataKey)) {
    throw new FormatError('safetensors', `no tensor can be named ${metadataKey}: the format keeps text there`);
  }
  const ordered = Object.entries(tensors).toSorted(([, a], [, b]) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  let end = 0;
  const entries = ordered.map(([name, { dtype, shape }]): [string, unknown] => {
    const begin = end;
    end += sizeOf(shape) * elementBytes[dtype];
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  if (metadata !== undefined) entries.unshift([metadataKey, metadata]);
  const header = encodeHeader(JSON.stringify(Object.fromEntries(entries)));
  return { header, names: ordered.map(([name]) => name), fileBytes: header.length + end };
}

/** Length and text, filled up with spaces to a multiple of 8 bytes. */
function encodeHeader(text: string): Uint8Array<ArrayBuffer> {
  const encoded = new TextEncoder().encode(text);
  const length = Math.ceil(encoded.length / lengthBytes) * lengthBytes;
  if (length > maxHeaderBytes) {
    throw new FormatError(
      'safetensors',
      `the header would take ${length} bytes; the format allows ${maxHeaderBytes} at most`,
    );
  }
  const header = new Uint8Array(lengthBytes + length).fill(' '.charCodeAt(0));
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(encoded, lengthBytes);
  return header;
}
