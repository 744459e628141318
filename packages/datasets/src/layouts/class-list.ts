import { FormatError } from '@hypercorr/tensor';
import { readBytes } from '../files/read-file.ts';
import { decodeText, linesOf } from '../files/text.ts';

/**
 * The names of a list such as `cat, dog, "lion, king of beasts"`. Commas separate them, and blanks around them do not count. A
 * name in quotes may hold anything; a quote in it is written twice. Quotes that do not go around a whole name are part of it.
 */
export function parseClassList(text: string): string[] {
  const names: string[] = [];
  for (let rest = text.trim(); rest !== '';) {
    const quoted = /^"((?:[^"]|"")*)"\s*(?:,\s*|$)/s.exec(rest);
    const [whole, name = ''] = quoted ?? /^([^,]*),?\s*/s.exec(rest) ?? [rest];
    names.push((quoted === null ? name.trim() : name.replaceAll('""', '"')).normalize('NFC'));
    rest = rest.slice(whole.length);
  }
  return names.filter((name) => name !== '');
}

/**
 * Reads a list of classes, one name a line. Blank lines are ignored, and so is what comes after a # at a line's start or after a
 * blank: `C#` is a name. A name in quotes may hold anything, as in `parseClassList`.
 *
 * @throws FormatError for a file that cannot be read, is not UTF-8, or has no names
 */
export async function readClassList(path: string): Promise<string[]> {
  const lines = linesOf(decodeText(await readBytes(path, 'classes'), path, 'classes'));
  const names = lines.map(({ text }) => nameOf(text)).filter((name) => name !== '');
  if (names.length === 0) throw new FormatError('classes', `${path} holds no class names; write one a line`);
  return names;
}

function nameOf(line: string): string {
  const [, quoted] = /^"((?:[^"]|"")*)"\s*(?:#.*)?$/.exec(line) ?? [];
  const name = quoted === undefined ? line.replace(/(^|\s)#.*/, '').trim() : quoted.replaceAll('""', '"');
  return name.normalize('NFC');
}
