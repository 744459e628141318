import { open, stat, type FileHandle } from 'node:fs/promises';
import type { FormatError } from '@hypercorr/tensor';
import { allocate } from './allocate.ts';

/** The most bytes that one system call reads. */
const longestRead = 2 ** 30;

/**
 * A range of bytes of a file, in memory of their own.
 *
 * @throws the error that `refuse` makes, for a file that ends within the range, or a range that does not fit into
 * memory; the system's error
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

/**
 * Opens a file to read it.
 *
 * @throws the error that `refuse` makes, for anything but a regular file (opening a pipe would wait for a writer); the
 * system's error
 */
export async function openRegular(
  path: string,
  refuse: (what: string) => FormatError,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const stats = await stat(path);
  if (!stats.isFile())
    throw refuse(`it is ${stats.isDirectory() ? 'a folder' : 'a pipe or device'}; weights are read from regular files`);
  const handle = await open(path, 'r');
  return { handle, size: stats.size };
}
