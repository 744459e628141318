import type { FileHandle } from 'node:fs/promises';
import type { FormatError } from '@hypercorr/tensor';

/** What one call of the system reads at most. */
const longestRead = 2 ** 30;

/**
 * Bytes of a file, in memory of their own.
 *
 * @throws what `refuse` makes, for a file that ends before them, or a range that no memory holds; the system's error
 */
export async function readRange(
  handle: FileHandle,
  position: number,
  length: number,
  refuse: (what: string) => FormatError,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(length, refuse);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, longestRead), position + done);
    if (bytesRead === 0) throw refuse(`it ends at byte ${position + done}: it was cut while being read`);
    done += bytesRead;
  }
  return bytes;
}

function allocate(length: number, refuse: (what: string) => FormatError): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    if (cause instanceof RangeError) throw refuse(`there is no memory for ${length} bytes of it`);
    throw cause;
  }
}
