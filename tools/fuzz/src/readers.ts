import type fc from 'fast-check';
import { configurationReader } from './configuration-reader.ts';
import { dataReaders } from './data-readers.ts';
import { weightReaders } from './weight-readers.ts';

/** A reader of untrusted files, with its inputs and limits. */
export interface Reader {
  readonly name: string;
  /** Reads a file to its end. Returns the number of bytes made from it. */
  read(bytes: Uint8Array): number | Promise<number>;
  /** The error that refuses a file; a FormatError by default. */
  readonly refusal?: new (...args: never[]) => Error;
  /** Milliseconds of processor time that a file may take, however small it is. */
  readonly milliseconds: number;
  /** Bytes that may be made from each byte of a file. */
  readonly timesTheFile: number;
  /** Files with small or large deviations from the format. */
  readonly inputs: fc.Arbitrary<Uint8Array>;
}

export const readers: readonly Reader[] = [...weightReaders, ...dataReaders, configurationReader];
