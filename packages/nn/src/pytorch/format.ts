import { FormatError } from '@hypercorr/tensor';

/** Makes the error for what is wrong with a file; the caller throws it. */
export type Refuse = (what: string, options?: ErrorOptions) => FormatError;

/** `[pytorch] weights.pt: what is wrong` */
export function refusing(source: string): Refuse {
  return (what, options) => new FormatError('pytorch', `${source}: ${what}`, options);
}

/**
 * Bytes that may be made of a file, inflated or taken together over all tensors: views share and repeat elements, and
 * deflated zeros grow a thousandfold, so that a small file could fill any memory. Elements of one byte become four.
 */
export function mostBytes(fileBytes: number): number {
  return 8 * fileBytes + 2 ** 20;
}

/** Records of an archive, at most: many times those of large models. */
export const maxRecords = 100_000;

/** Bytes of one pickle, at most; 40,000 tensors take about as many. */
export const maxPickleBytes = 2 ** 23;

/** Bytes of a pickle that holds next to nothing, and of the key of a storage in a list of them, at most. */
export const maxSmallPickleBytes = 2 ** 16;
export const maxKeyBytes = 2 ** 6;
