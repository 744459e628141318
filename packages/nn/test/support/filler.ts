/**
 * Numbers that the fixtures' tensors are made of: a hash of a name and an index, in [-1, 1).
 *
 *     value(name, i) = fmix32(fnv1a32(name) + i) / 2³¹ − 1
 *
 * FNV-1a hashes the UTF-8 bytes of the name; fmix32 is MurmurHash3's 32-bit finaliser.
 */
export function fillerValues(name: string, count: number): Float32Array {
  const start = fnv1a32(name);
  return Float32Array.from({ length: count }, (_, i) => fmix32((start + i) >>> 0) / 2 ** 31 - 1);
}

function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function fmix32(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
