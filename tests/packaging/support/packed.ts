import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPackages, type PackedPackage } from './packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packages in their tarballs, and a folder for projects that install them; it is deleted in the end. */
    readonly packed: { readonly folder: string; readonly packages: PackedPackage[] };
  }
}

/** Vitest calls it once, before all tests. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'packaging-')));
  provide('packed', { folder, packages: await packPackages(join(folder, 'tarballs')) });
  return () => rm(folder, { recursive: true, force: true });
}
