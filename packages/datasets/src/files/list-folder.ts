import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { reasonOf } from './read-file.ts';

/**
 * A folder's content in the order of code units, which is the same on every machine. Hidden files are left out.
 *
 * @throws FormatError for a folder that cannot be read
 */
export async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (isHidden(entry.name)) continue;
      const names = (await leadsToFolder(folder, entry)) ? folders : files;
      names.push(entry.name);
    }
  } catch (cause) {
    throw new FormatError('dataset', `${folder} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return { folders: folders.sort(), files: files.sort() };
}

/**
 * Whether a file or folder belongs to the system and not to the user: names that start with a dot, and names that
 * archives and viewers leave behind.
 */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || systemNames.includes(name.toLowerCase());
}

/**
 * Left by macOS' archives and folder pictures, by Windows, by Synology's disks, and by ext4 (where only root may look).
 */
const systemNames = [
  '__macosx',
  'icon\r',
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
  '@eadir',
  'lost+found',
];

/** Whether a folder of this path exists. */
export function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/** Follows links, since datasets are often linked. A broken link counts as a file, and is reported when it is read. */
async function leadsToFolder(folder: string, entry: Dirent): Promise<boolean> {
  return entry.isSymbolicLink() ? isFolder(join(folder, entry.name)) : entry.isDirectory();
}
