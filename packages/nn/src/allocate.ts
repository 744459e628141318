import type { FormatError } from '@hypercorr/tensor';

/** Zeros. @throws the error that `refuse` makes, for a length that does not fit into memory */
export function allocate(length: number, refuse: (what: string) => FormatError): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    if (cause instanceof RangeError) throw refuse(`there is no memory for ${length} bytes of it`);
    throw cause;
  }
}
