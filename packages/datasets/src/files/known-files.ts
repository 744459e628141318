import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The existing files that lists may name, read folder by folder: asking the system for each file would be slow. */
export class KnownFiles {
  readonly #folders = new Map<string, Promise<FolderNames>>();

  /** Whether a file or folder exists. */
  async has(path: string): Promise<boolean> {
    return (await this.#namesIn(dirname(path))).exact.has(basename(path));
  }

  /**
   * The path of the file or folder that a list means; undefined if there is none. Names in the folder may spell accents
   * otherwise (macOS takes them apart), or capitals, if a single file fits then.
   *
   * @param folder an existing folder
   * @param name relative to the folder, with / between its parts
   */
  async find(folder: string, name: string): Promise<string | undefined> {
    const whole = join(folder, name);
    if (await this.has(whole)) return whole;
    let path = folder;
    for (const part of name.split('/')) {
      const { exact, alike } = await this.#namesIn(path);
      const found = exact.has(part) ? part : alike.get(spelling(part));
      if (found === undefined) return undefined;
      path = join(path, found);
    }
    return path;
  }

  #namesIn(folder: string): Promise<FolderNames> {
    const names = this.#folders.get(folder) ?? namesIn(folder);
    this.#folders.set(folder, names);
    return names;
  }
}

interface FolderNames {
  readonly exact: ReadonlySet<string>;
  /** By their spelling; undefined where several names share it. */
  readonly alike: ReadonlyMap<string, string | undefined>;
}

async function namesIn(folder: string): Promise<FolderNames> {
  const names: string[] = await readdir(folder).catch(() => []);
  const alike = new Map<string, string | undefined>();
  for (const name of names) alike.set(spelling(name), alike.has(spelling(name)) ? undefined : name);
  return { exact: new Set(names), alike };
}

/** What different spellings of a name share: accents as one character, and small letters. */
export function spelling(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
