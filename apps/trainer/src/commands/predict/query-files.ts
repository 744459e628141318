import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { isHidden, isImageName } from '@hypercorr/datasets/node';
import { counted, type Log } from '@hypercorr/train';
import { CommandError } from '../../cli/failure.ts';

/** Results of earlier predictions, which are no queries. */
const resultName = /(\.(mask\.png|probability\.png|overlay\.jpg)|^sheet\.png)$/i;

const isPng = /\.png$/i;
/** What names of masks have behind the photograph's. */
const maskEnding = /[._-](mask|masks|seg|label|labels)$/i;

export interface QueryContext {
  /** The masks of the supports. */
  readonly masks: readonly string[];
  readonly log: Pick<Log, 'say'>;
}

/**
 * The images that `--query` names: each file, and the images directly in each folder, sorted by name, without hidden files
 * and without masks: those of the supports, and PNGs beside a photograph of the same name (`1.png` or `1_mask.png` beside
 * `1.jpg`). A missing file stays in the list; the error comes when it is read, and the other queries are still segmented.
 *
 * @throws CommandError for a folder without images
 */
export async function queryFiles(paths: readonly string[], { masks, log }: QueryContext): Promise<readonly string[]> {
  const supports = new Set(masks.map((mask) => resolve(mask)));
  const lists = await Promise.all(
    paths.map(async (path) => {
      const isFolder = await stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (!isFolder) return [path];
      const names = (await readdir(path))
        .filter((name) => isImageName(name) && !isHidden(name) && !resultName.test(name))
        .toSorted();
      const isBeside = besidePhotographs(names);
      const isMask = (name: string): boolean => supports.has(resolve(path, name)) || isBeside(name);
      const queries = names.filter((name) => !isMask(name));
      if (queries.length === 0) throw new CommandError(`${path} holds no JPEG, PNG or WebP that is no mask`);
      const [first] = names.filter(isMask);
      if (first !== undefined)
        log.say(
          `${counted(names.length - queries.length, 'mask')} in ${path} left out, the first: ${first}; name it to segment it`,
        );
      return queries.map((name) => join(path, name));
    }),
  );
  // A file named twice, by itself and by its folder, is one query.
  return [...new Set(lists.flat())];
}

/** Tells the PNGs that are named like masks of a photograph: `1_mask.png` beside any `1.…`, `1.png` beside a `1.jpg`. */
function besidePhotographs(names: readonly string[]): (name: string) => boolean {
  const known = (files: readonly string[]) => new Set(files.flatMap((name) => [name, basename(name, extname(name))]));
  const [all, others] = [known(names), known(names.filter((name) => !isPng.test(name)))];
  return (name) => {
    if (!isPng.test(name)) return false;
    const whole = name.replace(isPng, '');
    const short = whole.replace(maskEnding, '');
    return others.has(whole) || (short !== whole && all.has(short));
  };
}
