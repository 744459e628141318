import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Vitest calls this function once, before all tests. It makes a folder for this run, for the bundles that worker
 * threads make of their sources.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'source-bundles-'));
  process.env.SOURCE_BUNDLES = folder;
  return () => rm(folder, { recursive: true, force: true });
}
