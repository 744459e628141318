import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** The existing files that lists may name, read folder by folder: asking the system for each file would be slow. */
export class KnownFiles {
  readonly #folders = new Map<string, Promise<ReadonlySet<string>>>();

  /** Whether a file or folder exists. */
  async has(path: string): Promise<boolean> {
    const folder = dirname(path);
    const names = this.#folders.get(folder) ?? namesIn(folder);
    this.#folders.set(folder, names);
    return (await names).has(basename(path));
  }
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch(() => []));
}
