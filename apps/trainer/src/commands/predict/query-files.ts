import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isHidden, isImageName } from '@hypercorr/datasets/node';
import { CommandError } from '../../cli/failure.ts';

/** Results of earlier predictions, which are no queries. */
const resultName = /(\.(mask\.png|probability\.png|overlay\.jpg)|^sheet\.png)$/i;

/**
 * The images that `--query` names: each file, and the images directly in each folder, sorted by name, without hidden files. A
 * missing file stays in the list; the error comes when it is read, and the other queries are still segmented.
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
  // A file named twice, by itself and by its folder, is one query.
  return [...new Set(lists.flat())];
}
