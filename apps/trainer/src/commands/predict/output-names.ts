import { parse } from 'node:path';

/**
 * A name for each query's results: its base name, with a number behind it where another query took it
 * (`a/1.jpg`, `b/1.jpg`, `b/1.png` become `1`, `1-2`, `1-3`).
 */
export function outputNames(files: readonly string[]): readonly string[] {
  return numberRepeated(files.map((file) => parse(file).name));
}

/** Each class's name as a part of a file's name, numbered as `outputNames`: `a b` and `a_b` become `a_b`, `a_b-2`. */
export function fileNameParts(classNames: readonly string[]): readonly string[] {
  return numberRepeated(classNames.map((name) => name.replace(/[^\p{L}\p{N}_-]+/gu, '_')));
}

/** Letter case does not tell files apart everywhere. */
function numberRepeated(stems: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return stems.map((stem) => {
    let name = stem;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${stem}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
