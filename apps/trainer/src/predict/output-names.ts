import { parse } from 'node:path';

/**
 * A name for each query's results: its base name, with a number behind it where another query took it
 * (`a/1.jpg`, `b/1.jpg`, `b/1.png` become `1`, `1-2`, `1-3`). Letter case does not tell files apart everywhere.
 */
export function outputNames(files: readonly string[]): readonly string[] {
  const stems = files.map((file) => parse(file).name);
  const taken = new Set<string>();
  return stems.map((stem) => {
    let name = stem;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${stem}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** A class's name as a part of a file's name. */
export function fileNamePart(className: string): string {
  return className.replace(/[^\p{L}\p{N}_-]+/gu, '_');
}
