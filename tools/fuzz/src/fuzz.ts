import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import type { Reader } from './readers.ts';

/** The results for a number of inputs. */
export interface FuzzResult {
  readonly reader: string;
  readonly inputs: number;
  /** Inputs that were read with all their elements. */
  readonly accepted: number;
  /** Inputs that the reader refused with its own error. */
  readonly refused: number;
  /** Processor time of the slowest input, in milliseconds. */
  readonly slowest: number;
}

/**
 * What one input may take in addition to its reader's limits: milliseconds of processor time for each kB, and bytes
 * made from it.
 */
const limits = { millisecondsPerKB: 1, bytes: 2 ** 21 };

/**
 * Gives a reader `inputs` files that are damaged or made up.
 *
 * @param seed the same seed gives the same files
 * @throws an Error with the file, made as small as possible, if the reader neither returns elements nor refuses the
 * file, or exceeds its limits of time or bytes
 */
export async function fuzz(
  reader: Reader,
  { inputs, seed }: { readonly inputs: number; readonly seed: number },
): Promise<FuzzResult> {
  const counts = { accepted: 0, refused: 0 };
  let slowest = 0;
  const property = fc.asyncProperty(reader.inputs, async (bytes) => {
    const start = process.cpuUsage();
    counts[await readWhole(reader, bytes)] += 1;
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    slowest = Math.max(slowest, milliseconds);
    if (milliseconds > reader.milliseconds + (limits.millisecondsPerKB * bytes.length) / 1000)
      throw new Error(`${bytes.length} bytes took ${milliseconds} ms`);
  });
  await fc.assert(property, { numRuns: inputs, seed });
  return { reader: reader.name, inputs, ...counts, slowest };
}

async function readWhole(
  { read, refusal = FormatError, timesTheFile }: Reader,
  bytes: Uint8Array,
): Promise<'accepted' | 'refused'> {
  try {
    const made = await read(bytes);
    if (made > timesTheFile * bytes.length + limits.bytes) throw new Error(`${bytes.length} bytes became ${made}`);
    return 'accepted';
  } catch (error) {
    if (error instanceof refusal) return 'refused';
    throw error;
  }
}
