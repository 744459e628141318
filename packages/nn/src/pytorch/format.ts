import { FormatError } from '@hypercorr/tensor';

/** Makes the error for a fault of a file. The caller throws the error. */
export type Refuse = (what: string, options?: ErrorOptions) => FormatError;

/** `[pytorch] weights.pt: what is wrong` */
export function refusing(source: string): Refuse {
  return (what, options) => new FormatError('pytorch', `${source}: ${what}`, options);
}

/**
 * The most bytes that a file may be inflated to, and the most that all tensors together may take. Views share and
 * repeat elements, and deflated zeros grow a thousandfold, so a small file could otherwise fill any memory. Elements of
 * one byte become four bytes.
 */
export function mostBytes(fileBytes: number): number {
  return 8 * fileBytes + 2 ** 20;
}

/** The most records of an archive: many times the number in large models. */
export const maxRecords = 100_000;

/** The most bytes of one pickle. A state of 40,000 tensors takes about as many. */
export const maxPickleBytes = 2 ** 23;

/** The most bytes of a nearly empty pickle, and of a storage's key in a list of keys. */
export const maxSmallPickleBytes = 2 ** 16;
export const maxKeyBytes = 2 ** 6;

/** What to do about an object that holds more than a state dict. */
export const saveStateAlone = 'save the state dict alone in Python: torch.save(model.state_dict(), FILE)';
