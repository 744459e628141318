import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { reasonOf } from './read-file.ts';

/**
 * A folder's content in the order of code units, the same on every machine; what the system hides is left out.
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

/** Whether a file or folder of this name is the system's, not the user's: names with a dot first, and what archives and viewers leave. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || systemNames.includes(name.toLowerCase());
}

/** Of macOS' archives and its folders' pictures; of Windows; of Synology's disks; of ext4, where only root may look. */
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

/** Whether there is a folder of this path. */
export function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/** Datasets are often linked to where they lie; a link to nowhere counts as a file, and is reported when it is read. */
async function leadsToFolder(folder: string, entry: Dirent): Promise<boolean> {
  return entry.isSymbolicLink() ? isFolder(join(folder, entry.name)) : entry.isDirectory();
}
