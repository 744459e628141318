import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** One import path of the packages: `@hypercorr/tensor`, `@hypercorr/tensor/wasm`… */
export interface Entry {
  /** The path in the import. */
  readonly name: string;
  /** Its source, an absolute path. */
  readonly file: string;
  /** The package's folder, for the package's main entry; other entries have no README of their own. */
  readonly folder: string | undefined;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | { readonly source?: string }>>;
}

/**
 * Every entry of every published package in the folder `packages`, read from the manifests (the condition `source`). A
 * package follows the packages that it imports.
 */
export async function readEntries(packages: string): Promise<Entry[]> {
  const folders = (await readdir(packages))
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  const all = await Promise.all(
    folders.map(async (folder) => ({
      folder,
      manifest: JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest,
    })),
  );
  const published = new Map(
    all.filter(({ manifest }) => manifest.private !== true).map((each) => [each.manifest.name, each]),
  );
  const standsOn = (name: string): Set<string> => {
    const direct = Object.keys(published.get(name)?.manifest.dependencies ?? {}).filter((other) =>
      published.has(other),
    );
    return new Set(direct.flatMap((other) => [other, ...standsOn(other)]));
  };
  const ordered = [...published.keys()].toSorted((a, b) => standsOn(a).size - standsOn(b).size || a.localeCompare(b));
  return ordered.flatMap((name) => {
    const found = published.get(name);
    return found === undefined ? [] : entriesOf(found.folder, found.manifest);
  });
}

function entriesOf(folder: string, { name, exports = {} }: Manifest): Entry[] {
  return Object.entries(exports).flatMap(([key, target]) => {
    const source = typeof target === 'string' ? undefined : target.source;
    if (source === undefined) return [];
    return { name: name + key.slice(1), file: join(folder, source), folder: key === '.' ? folder : undefined };
  });
}
