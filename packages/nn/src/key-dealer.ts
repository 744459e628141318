import { fold, type Key } from '@hypercorr/tensor';

/** Returns a function that gives each layer a new key, or always `null` if `from` is null. */
export function keyDealer(from: Key | null): () => Key | null {
  let dealt = 0;
  return () => (from === null ? null : fold(from, dealt++));
}
