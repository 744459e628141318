import type { PickleValue } from './pickle/values.ts';

/** A file of `torch.save`, in either container. */
export interface Container {
  /** The saved object. */
  readonly root: PickleValue;
  /** The bytes of a storage that the object refers to. Bytes that lie in the file uncompressed are not copied. */
  record(key: string): Uint8Array;
}
