import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Vitest calls it once, before all tests: a folder for what worker threads bundle of their sources, for this run. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'source-bundles-'));
  process.env.SOURCE_BUNDLES = folder;
  return () => rm(folder, { recursive: true, force: true });
}
