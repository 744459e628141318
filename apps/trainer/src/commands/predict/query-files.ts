import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isHidden, isImageName } from '@hypercorr/datasets/node';
import { CommandError } from '../../cli/failure.ts';

/** What earlier predictions left in the folder is no query. */
const resultName = /\.(mask\.png|probability\.png|overlay\.jpg)$/i;

/**
 * The images that `--query` names: files as they are, folders as the images directly in them, by name, but for hidden files. A file that is
 * not there stays in the list: reading it will say so, and does not keep the others from being done.
 *
 * @throws CommandError for a folder without images
 */
export async function queryFiles(paths: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const isFolder = await stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (!isFolder) return [path];
      const names = (await readdir(path)).filter(
        (name) => isImageName(name) && !isHidden(name) && !resultName.test(name),
      );
      if (names.length === 0) throw new CommandError(`${path} holds no JPEG, PNG or WebP`);
      return names.sort().map((name) => join(path, name));
    }),
  );
  // A file that is named twice, by itself and by its folder, is one query.
  return [...new Set(lists.flat())];
}
