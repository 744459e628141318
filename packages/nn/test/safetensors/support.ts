import type { HostTensor, StoredDType } from '../../src/index.ts';

/** A file of any header and data, however wrong. */
export function rawFile(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** A file with one tensor `x` of given elements. */
export function oneTensor(dtype: StoredDType, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const header = JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.byteLength] } });
  return rawFile(header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A float32 tensor of one axis that holds one value. */
export function filled(length: number, value: number): HostTensor {
  return { dtype: 'float32', shape: [length], data: new Float32Array(length).fill(value) };
}
