import { readFileSync, readdirSync } from 'node:fs';
import { parsePyTorch, parseSafetensors, type StoredState } from '@hypercorr/nn';
import { sizeOf } from '@hypercorr/tensor/op';
import { damaged } from './damage.ts';
import type { Reader } from './readers.ts';
import { legacyFiles, safetensorsFiles, zipFiles } from './structured.ts';

const folder = new URL('../../../fixtures/pytorch/', import.meta.url);

/** The fixtures whose names have one of these endings. Some can be read, others are refused even undamaged. */
function fixtures(...ends: readonly string[]): Uint8Array[] {
  const names = readdirSync(folder).filter((name) => ends.some((end) => name.endsWith(end)));
  return names.toSorted().map((name) => readFileSync(new URL(name, folder)));
}

/**
 * Reads every tensor. @returns the bytes of their elements @throws an Error for a tensor whose shape needs another
 * number of elements
 */
export function bytesOfTensors(state: StoredState): number {
  let made = 0;
  for (const name of state.names) {
    const { shape, data } = state.read(name);
    if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} elements`);
    made += data.byteLength;
  }
  return made;
}

/** One byte may become a float32, and several tensors may share a storage. */
const allowed = { milliseconds: 100, timesTheFile: 9 };

export const weightReaders: readonly Reader[] = [
  {
    name: 'safetensors',
    read: (bytes) => bytesOfTensors(parseSafetensors(bytes)),
    ...allowed,
    inputs: damaged(fixtures('.safetensors'), safetensorsFiles),
  },
  {
    name: 'pytorch-zip',
    read: (bytes) => bytesOfTensors(parsePyTorch(bytes)),
    ...allowed,
    inputs: damaged(
      [...fixtures('-zip.pt', 'script.pt', 'big-endian.pt'), ...fixtures('deflated.pt', 'streamed.pt', 'zip64.pt')],
      zipFiles,
    ),
  },
  {
    name: 'pytorch-legacy',
    read: (bytes) => bytesOfTensors(parsePyTorch(bytes)),
    ...allowed,
    inputs: damaged(fixtures('-legacy.pt', 'first-years.pt'), legacyFiles),
  },
];
