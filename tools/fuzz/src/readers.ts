import type fc from 'fast-check';
import { configurationReader } from './configuration-reader.ts';
import { dataReaders } from './data-readers.ts';
import { weightReaders } from './weight-readers.ts';

/** A reader of untrusted files, and what it is fed. */
export interface Reader {
  readonly name: string;
  /** Reads a file to its end; returns how many bytes were made of it. */
  read(bytes: Uint8Array): number | Promise<number>;
  /** What a file is refused with; a FormatError when absent. */
  readonly refusal?: new (...args: never[]) => Error;
  /** How many milliseconds of the processor a file may take, however small it is. */
  readonly milliseconds: number;
  /** How many bytes may be made of each of a file's. */
  readonly timesTheFile: number;
  /** Files that differ a little or a lot from what the format describes. */
  readonly inputs: fc.Arbitrary<Uint8Array>;
}

export const readers: readonly Reader[] = [...weightReaders, ...dataReaders, configurationReader];
