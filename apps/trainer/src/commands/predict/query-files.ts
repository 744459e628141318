import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { isHidden, isImageName, isOtherPictureName } from '@hypercorr/datasets/node';
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
  /** Whether folders in a folder are looked into. */
  readonly recursive: boolean;
  readonly log: Pick<Log, 'say'>;
}

const leftOutKinds = ['masks', 'others', 'folders'] as const;
type LeftOutKind = (typeof leftOutKinds)[number];

/** One, and several. */
const words: Readonly<Record<LeftOutKind, readonly [string, string]>> = {
  masks: ['file named like a mask (name it to segment it)', 'files named like masks (name them to segment them)'],
  others: ['picture that is no JPEG, PNG or WebP', 'pictures that are no JPEG, PNG or WebP'],
  folders: ['folder (--recursive looks into it)', 'folders (--recursive looks into them)'],
};

/** What a folder holds, and what of it is left out. */
interface FolderContent {
  readonly queries: readonly string[];
  /** What is left out, by why. */
  readonly leftOut: Readonly<Record<LeftOutKind, readonly string[]>>;
}

/**
 * The images that `--query` names: each file, and the images in each folder, sorted by name, without hidden files and without
 * masks: those of the supports, and PNGs beside a photograph of the same name (`1.png` or `1_mask.png` beside `1.jpg`). What is
 * left out of a folder is said. A missing file stays in the list; the error comes when it is read, and the other queries are
 * still segmented.
 *
 * @throws CommandError for a folder without images
 */
export async function queryFiles(paths: readonly string[], context: QueryContext): Promise<readonly string[]> {
  const supports = new Set(context.masks.map((mask) => resolve(mask)));
  const lists = await Promise.all(
    paths.map(async (path) => {
      if (!(await isFolder(path))) return [path];
      const { queries, leftOut } = await lookInto(path, supports, context.recursive);
      const told = leftOutKinds.flatMap((kind) => {
        const [first, ...others] = leftOut[kind];
        return first === undefined
          ? []
          : [`${counted(others.length + 1, ...words[kind])}, the first: ${relative(path, first)}`];
      });
      if (queries.length === 0)
        throw new CommandError([`${path} holds no JPEG, PNG or WebP that is no mask`, ...told].join('; '));
      if (told.length > 0) context.log.say(`left out of ${path}: ${told.join('; ')}`);
      return queries;
    }),
  );
  // A file named twice, by itself and by its folder, is one query.
  return [...new Set(lists.flat())];
}

async function lookInto(folder: string, supports: ReadonlySet<string>, recursive: boolean): Promise<FolderContent> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isHidden(name));
  const folders: string[] = [];
  const files: string[] = [];
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    ((await isFolder(join(folder, name))) ? folders : files).push(name);
  const names = files.filter((name) => isImageName(name) && !resultName.test(name));
  const isBeside = besidePhotographs(names);
  const isMask = (name: string): boolean => supports.has(resolve(folder, name)) || isBeside(name);
  const at = (name: string): string => join(folder, name);
  const inside = recursive ? await Promise.all(folders.map((name) => lookInto(at(name), supports, recursive))) : [];
  const contents = [
    {
      queries: names.filter((name) => !isMask(name)).map(at),
      leftOut: {
        masks: names.filter(isMask).map(at),
        others: files.filter(isOtherPictureName).map(at),
        folders: recursive ? [] : folders.map(at),
      },
    },
    ...inside,
  ];
  const all = (kind: LeftOutKind) => contents.flatMap(({ leftOut }) => leftOut[kind]);
  return {
    queries: contents.flatMap(({ queries }) => queries),
    leftOut: { masks: all('masks'), others: all('others'), folders: all('folders') },
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
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
