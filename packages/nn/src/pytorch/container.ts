import type { PickleValue } from './pickle/values.ts';

/** A file of `torch.save`, whichever container it is in. */
export interface Container {
  /** The object that was saved. */
  readonly root: PickleValue;
  /** The bytes of a storage that the object speaks of; they are not copied where they lie in the file as they are. */
  record(key: string): Uint8Array;
}
