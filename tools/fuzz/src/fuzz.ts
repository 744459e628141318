import { FormatError, sizeOf } from '@hypercorr/tensor';
import fc from 'fast-check';
import type { Reader } from './readers.ts';

/** What became of a number of inputs. */
export interface FuzzResult {
  readonly reader: string;
  readonly inputs: number;
  /** Read, with all their elements. */
  readonly accepted: number;
  /** Ended in a FormatError. */
  readonly refused: number;
  /** Milliseconds of the processor that the slowest input took. */
  readonly slowest: number;
}

/** What one input may take: milliseconds of the processor (and some for each kB), and bytes made of each of its own (and as many anyway). */
export const limits = { milliseconds: 100, millisecondsPerKB: 1, timesTheFile: 9, bytes: 2 ** 21 };

/**
 * Feeds a reader `inputs` files that are damaged or made up.
 *
 * @param seed the same seed gives the same files
 * @throws an Error with the file, as small as it can be made, when it ends in anything but elements or a FormatError, or
 * takes more than `limits`
 */
export function fuzz({ name, parse, inputs: files }: Reader, { inputs, seed }: { readonly inputs: number; readonly seed: number }): FuzzResult {
  const counts = { accepted: 0, refused: 0 };
  let slowest = 0;
  const property = fc.property(files, (bytes) => {
    const start = process.cpuUsage();
    counts[readAll(parse, bytes)] += 1;
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    slowest = Math.max(slowest, milliseconds);
    if (milliseconds > limits.milliseconds + (limits.millisecondsPerKB * bytes.length) / 1000) throw new Error(`${bytes.length} bytes took ${milliseconds} ms`);
  });
  fc.assert(property, { numRuns: inputs, seed });
  return { reader: name, inputs, ...counts, slowest };
}

function readAll(parse: Reader['parse'], bytes: Uint8Array): 'accepted' | 'refused' {
  try {
    const state = parse(bytes);
    let made = 0;
    for (const name of state.names) {
      const { shape, data } = state.read(name);
      if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} elements`);
      made += data.byteLength;
    }
    if (made > limits.timesTheFile * bytes.length + limits.bytes) throw new Error(`${bytes.length} bytes became ${made}`);
    return 'accepted';
  } catch (error) {
    if (error instanceof FormatError) return 'refused';
    throw error;
  }
}
