import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { KnownFiles } from '../files/known-files.ts';
import { isFolder } from '../files/list-folder.ts';
import type { ListedPair } from './split-lists.ts';

/**
 * The folder of a benchmark: the given folder, or the folder inside it that archives unpack to.
 *
 * @param inner where the folder may lie below the given one
 * @param marks folders that it must hold
 * @param origins where the folders come from that people lack, in words
 * @throws FormatError that says what was expected, and what was found
 */
export async function locateBenchmark(
  root: string,
  inner: readonly string[],
  marks: readonly string[],
  origins: Readonly<Record<string, string>> = {},
): Promise<string> {
  let partial = '';
  for (const folder of [root, ...inner.map((each) => join(root, each))]) {
    const found = await Promise.all(marks.map((mark) => isFolder(join(folder, mark))));
    if (found.every(Boolean)) return folder;
    if (partial !== '' || !found.some(Boolean)) continue;
    const missing = marks.filter((_, i) => !found[i]);
    const origin = missing.flatMap((mark) => origins[mark] ?? [])[0];
    partial = `; ${folder} has ${marks.filter((_, i) => found[i]).join(' and ')}, and no ${missing.join(' and ')}${origin === undefined ? '' : `. ${origin}`}`;
  }
  throw new FormatError(
    'dataset',
    `${root} should hold the folders ${marks.join(' and ')}, or a folder ${inner.join(' or ')} with them${partial}`,
  );
}

/** The missing files of some pairs. @param filesOf the files of a pair */
export async function missingFiles(
  pairs: readonly ListedPair[],
  filesOf: (pair: ListedPair) => readonly string[],
): Promise<ReadonlySet<string>> {
  const known = new KnownFiles();
  const missing = new Set<string>();
  for (const pair of pairs) {
    for (const file of filesOf(pair)) if (!(await known.has(file))) missing.add(file);
  }
  return missing;
}

/**
 * Refuses lists that name missing files: episodes drawn from the rest would differ from the published ones.
 *
 * @throws FormatError that counts the missing files and names the first
 */
export async function checkFilesThere(
  pairs: readonly ListedPair[],
  filesOf: (pair: ListedPair) => readonly string[],
): Promise<void> {
  const [first, ...others] = await missingFiles(pairs, filesOf);
  if (first === undefined) return;
  const count = others.length === 0 ? '1 file' : `${others.length + 1} files`;
  throw new FormatError(
    'dataset',
    `${count} of the lists' ${pairs.length} pairs ${others.length === 0 ? 'is' : 'are'} missing, the first ${first}; ` +
      'copy the dataset again, or leave these images out of the lists',
  );
}
