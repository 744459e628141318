import { FormatError } from '@hypercorr/tensor';
import { decodeText, isObject, parseJson, shown } from '../files/text.ts';
import { voidIndex } from '../image/image.ts';

/** The usual names of index 0, in lists of names that start with it: `background`, `_background_`, `Back Ground`, `BG` … */
const background = /^_*(back[ _-]?ground|bg)_*$/i;

/** The name before it in LabelMe's lists, of what is left out: its index is 255. */
const ignored = /^_*ignored?_*$/i;

/**
 * Parses the names of a mask's indices: `{"1": "cat", "2": "dog"}`, `{"cat": 1, "dog": 2}`, or a list. A list's first
 * name has index 1, or index 0 if it is "background". LabelMe's "__ignore__" before it has no index.
 *
 * @param file named in errors
 * @returns names by index, from 1 to 254, ascending
 * @throws FormatError for another form, an index outside 0 … 254, a name or index that occurs twice, and a file without
 *   a class
 */
export function parseClassNames(bytes: Uint8Array, file: string): ReadonlyMap<number, string> {
  const named = pairsOf(parseJson(decodeText(bytes, file, 'classes'), file, 'classes'), file);
  const names = new Map<number, string>();
  for (const [index, name] of named.toSorted(([a], [b]) => Number(a) - Number(b))) {
    if (
      typeof name !== 'string' ||
      name === '' ||
      typeof index !== 'number' ||
      !Number.isInteger(index) ||
      index < 0 ||
      index >= voidIndex
    ) {
      throw new FormatError(
        'classes',
        `${file}: a class is a name and an index from 0 to ${voidIndex - 1}; got ${shown(name)} and ${shown(index)}`,
      );
    }
    if (names.has(index)) throw new FormatError('classes', `${file} has two names for index ${index}`);
    if ([...names.values()].includes(name))
      throw new FormatError('classes', `${file} has the name ${shown(name)} twice`);
    names.set(index, name);
  }
  names.delete(0);
  if (names.size === 0) throw new FormatError('classes', `${file} names no class beside the background`);
  return names;
}

function pairsOf(json: unknown, file: string): readonly (readonly [index: unknown, name: unknown])[] {
  if (Array.isArray(json)) {
    const names: readonly unknown[] = ignored.test(String(json[0])) ? json.slice(1) : json;
    const first = background.test(String(names[0])) ? 0 : 1;
    return names.map((name, i) => [i + first, name]);
  }
  if (!isObject(json))
    throw new FormatError(
      'classes',
      `${file} should be an object, {"1": "cat", "2": "dog"}, or a list of names; got ${shown(json)}`,
    );
  const isByIndex = Object.keys(json).every((key) => /^\d+$/.test(key));
  return Object.entries(json).map(([key, value]) => (isByIndex ? [Number(key), value] : [value, key]));
}
