import { readFileSync, readdirSync } from 'node:fs';
import { parsePyTorch, parseSafetensors, type StoredState } from '@hypercorr/nn';
import type fc from 'fast-check';
import { damaged } from './damage.ts';
import { legacyFiles, safetensorsFiles, zipFiles } from './structured.ts';

/** A reader of untrusted files, and what it is fed. */
export interface Reader {
  readonly name: string;
  parse(bytes: Uint8Array): StoredState;
  /** Files that differ a little or a lot from what the format describes. */
  readonly inputs: fc.Arbitrary<Uint8Array>;
}

const folder = new URL('../../../fixtures/pytorch/', import.meta.url);

/** What the fixtures hold whose names end so; some of them are read, some are refused as they are. */
function fixtures(...ends: readonly string[]): Uint8Array[] {
  const names = readdirSync(folder).filter((name) => ends.some((end) => name.endsWith(end)));
  return names.toSorted().map((name) => readFileSync(new URL(name, folder)));
}

export const readers: readonly Reader[] = [
  {
    name: 'safetensors',
    parse: (bytes) => parseSafetensors(bytes),
    inputs: damaged(fixtures('.safetensors'), safetensorsFiles),
  },
  {
    name: 'pytorch-zip',
    parse: (bytes) => parsePyTorch(bytes),
    inputs: damaged([...fixtures('-zip.pt', 'script.pt', 'big-endian.pt'), ...fixtures('deflated.pt', 'streamed.pt', 'zip64.pt')], zipFiles),
  },
  {
    name: 'pytorch-legacy',
    parse: (bytes) => parsePyTorch(bytes),
    inputs: damaged(fixtures('-legacy.pt', 'first-years.pt'), legacyFiles),
  },
];
