export type { Entry, RawTensor, StoredDType, StoredTensor } from './format.ts';
export type { Header } from './header.ts';
export type { Metadata } from './layout.ts';
export { parseSafetensors, type ParseOptions, type Safetensors } from './read.ts';
export { serialiseTensors, type Writable, type WriteOptions } from './serialise.ts';
export { toHalf, type ToHalfOptions } from './half.ts';
