import { fold, type Key } from '@hypercorr/tensor';

/** Deals out a key of its own for each layer; `null` for each where there is none. */
export function keyDealer(from: Key | null): () => Key | null {
  let dealt = 0;
  return () => (from === null ? null : fold(from, dealt++));
}
