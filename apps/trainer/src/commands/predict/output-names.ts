import { dirname, parse, relative, resolve, sep } from 'node:path';

/**
 * Names each query's results by its base name. Equal names get a number: `a/1.jpg`, `b/1.jpg`, `b/1.png` become `1`, `1-2`,
 * `1-3`.
 */
export function outputNames(files: readonly string[]): readonly string[] {
  return numberRepeated(files.map((file) => parse(file).name));
}

/** Turns classes' names into parts of file names. Equal ones get a number: `a b` and `a_b` become `a_b`, `a_b-2`. */
export function fileNameParts(classNames: readonly string[]): readonly string[] {
  return numberRepeated(classNames.map((name) => name.replace(/[^\p{L}\p{N}_-]+/gu, '_')));
}

/** Numbers equal names. Names that differ only in case count as equal, as in some file systems. */
function numberRepeated(stems: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return stems.map((stem) => {
    let name = stem;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${stem}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** The names of files within the folder that they have in common, with / between their parts. */
export function namesWithin(files: readonly string[]): (file: string) => string {
  const [first = '.', ...others] = files.map((file) => dirname(resolve(file)));
  const isWithin = (folder: string, base: string): boolean =>
    folder === base || folder.startsWith(`${base}${base.endsWith(sep) ? '' : sep}`);
  let base = first;
  while (!others.every((folder) => isWithin(folder, base)) && base !== dirname(base)) base = dirname(base);
  return (file) => relative(base, resolve(file)).replaceAll(sep, '/');
}
