import { checkOptions } from '@hypercorr/tensor/op';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withChunks, writeOptions, type Writable, type WriteOptions } from './serialise.ts';

/**
 * Writes a safetensors file as a whole or not at all: first under another name in the same folder, then renamed. After
 * a failure (a full disk, a kill) an earlier file of this name is unchanged. The tensors may be freed or replaced
 * during the writing.
 *
 * @throws FormatError for a name or text that the format cannot hold, and for elements that 16 bits cannot hold; an Error with the system's as its cause, if writing fails
 *
 * @example await writeSafetensors('last.safetensors', model.stateDict(), { metadata: { epoch: '7' } });
 */
export async function writeSafetensors(path: string, tensors: Writable, options: WriteOptions = {}): Promise<void> {
  checkOptions('writeSafetensors', options, writeOptions);
  await withChunks('writeSafetensors', tensors, options, (chunks) => writeAtomically(path, chunks));
}

async function writeAtomically(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    // Open synchronously: if the program ended during an opening in the background, it could neither see nor remove the
    // file.
    closeSync(openSync(beside, 'wx'));
    const handle = await open(beside, 'r+');
    try {
      for await (const chunk of chunks) await writeAll(handle, chunk);
      // Sync before the rename: a crash after the rename must not leave an empty file.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (cause) {
    // Report the first error, not one of the clean-up.
    await rm(beside, { force: true }).catch(() => undefined);
    throw new Error(`[safetensors] could not write ${path}: ${reasonOf(cause)}; what was there is unchanged`, {
      cause,
    });
  }
  await syncFolder(dirname(path));
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, done, Math.min(chunk.length - done, longestWrite));
    done += bytesWritten;
  }
}

/** The most bytes that one system call writes. */
const longestWrite = 2 ** 30;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes the rename itself durable, on systems that can sync folders. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows cannot open folders. The file is whole all the same.
  }
}
