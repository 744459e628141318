import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** The files that lists may name, told from those that are not there without asking the system for each. */
export class KnownFiles {
  readonly #folders = new Map<string, Promise<ReadonlySet<string>>>();

  /** Whether there is such a file (or folder). */
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
