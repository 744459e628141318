import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { isFolder } from '../files/list-folder.ts';
import { isFile, readBytes } from '../files/read-file.ts';
import type { FoldLists } from './fold-pairs.ts';
import { folds } from './folds.ts';
import { formatCocoList, formatPascalList, parseCocoList, parsePascalList, type ListedPair } from './split-lists.ts';

/** The form of a benchmark's lists. */
const listForms = {
  pascal: { extension: 'txt', parse: parsePascalList, format: formatPascalList },
  coco: { extension: 'json', parse: parseCocoList, format: formatCocoList },
} as const;

/**
 * The folder with a benchmark's lists: the given folder, the folder inside it with the benchmark's name, or else the
 * dataset's own `splits`.
 *
 * @param roots folders that are the dataset, or hold it
 * @returns undefined if no folder is given and the dataset has none
 * @throws FormatError for a given folder without lists
 */
export async function listsFolder(
  benchmark: 'pascal' | 'coco' | 'fss',
  roots: readonly string[],
  given: string | undefined,
): Promise<string | undefined> {
  const bases = given === undefined ? roots.map((root) => join(root, 'splits')) : [given];
  const isLists = (folder: string): Promise<boolean> =>
    benchmark === 'fss' ? isFile(join(folder, 'trn.txt')) : isFolder(join(folder, 'val'));
  for (const folder of bases.flatMap((base) => [join(base, benchmark), base])) if (await isLists(folder)) return folder;
  if (given === undefined) return undefined;
  const form =
    benchmark === 'fss'
      ? 'trn.txt, val.txt and test.txt'
      : `trn/fold0.${listForms[benchmark].extension} … and val/fold0.${listForms[benchmark].extension} …`;
  throw new FormatError('list', `${given} holds no split lists of ${benchmark}; it should have ${form}`);
}

/**
 * Reads `trn/fold<k>` and `val/fold<k>` of every fold. A fold without a list has an empty one.
 *
 * @param needed lists that must exist, such as "val/fold0"; if empty, all lists that exist are read
 * @throws FormatError for a needed list that is missing, for a list that cannot be understood, and for a pickle
 */
export async function readFoldLists(
  benchmark: 'pascal' | 'coco',
  folder: string,
  needed: readonly string[],
): Promise<FoldLists> {
  const { extension, parse } = listForms[benchmark];
  const read = async (name: string): Promise<readonly ListedPair[]> => {
    const file = join(folder, `${name}.${extension}`);
    if (!(await isFile(file))) {
      const isPassedOver = needed.length > 0 && !needed.includes(name);
      if (!isPassedOver && (await isFile(join(folder, `${name}.pkl`)))) throw pickled(join(folder, name));
      if (!needed.includes(name)) return [];
    }
    return parse(await readBytes(file, 'list'), file);
  };
  const part = (set: 'trn' | 'val'): Promise<(readonly ListedPair[])[]> =>
    Promise.all(folds.map((fold) => read(`${set}/fold${fold}`)));
  return { train: await part('trn'), test: await part('val') };
}

/** COCO-20i's published lists are Python pickles. Loading one runs it as a program, so they are refused. */
function pickled(path: string): FormatError {
  const remedy = `json.dump(pickle.load(open('${path}.pkl', 'rb')), open('${path}.json', 'w'))`;
  return new FormatError(
    'list',
    `${path}.pkl is a Python pickle, and pickles are not read; convert it to JSON in Python: ${remedy}`,
  );
}

/** Writes every fold's lists, and returns the names of the files. */
export async function writeFoldLists(
  benchmark: 'pascal' | 'coco',
  folder: string,
  { train, test }: FoldLists,
): Promise<readonly string[]> {
  const { extension, format } = listForms[benchmark];
  const written: string[] = [];
  for (const [set, lists] of [
    ['trn', train],
    ['val', test],
  ] as const) {
    await mkdir(join(folder, set), { recursive: true });
    for (const fold of folds) {
      const file = join(folder, set, `fold${fold}.${extension}`);
      await writeFile(file, format(lists[fold] ?? []));
      written.push(file);
    }
  }
  return written;
}
