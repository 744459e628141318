import { FormatError } from '@hypercorr/tensor';
import { relativeName } from '../files/inside-folder.ts';
import { decodeText, isObject, linesOf, parseJson, shown } from '../files/text.ts';
import { cocoClasses, pascalClasses } from './classes.ts';

/** An image that a list names, and the class that it is listed for. */
export interface ListedPair {
  /** The name in the list: `2007_000033`, or `val2014/COCO_val2014_000000000042.jpg`. */
  readonly image: string;
  /** The class's id, from 0. */
  readonly classId: number;
}

/**
 * PASCAL-5i's published lists. Each line, such as `2007_000033__01`, holds an image's name and its class, from 1.
 *
 * @param file named in errors
 * @throws FormatError that names the line: for another form, a class that VOC does not have, a pair that occurs twice
 */
export function parsePascalList(bytes: Uint8Array, file: string): readonly ListedPair[] {
  const seen = new Set<string>();
  return linesOf(decodeText(bytes, file, 'list')).map(({ number, text }) => {
    const [, image, digits] = /^([\w-]+)__(\d{1,2})$/.exec(text) ?? [];
    const classNumber = Number(digits);
    if (image === undefined || !(classNumber >= 1 && classNumber <= pascalClasses.length)) {
      throw new FormatError(
        'list',
        `${file}: line ${number} should be an image and its class, from 01 to 20, as 2007_000033__01; got ${shown(text)}`,
      );
    }
    const pair = { image, classId: classNumber - 1 };
    const line = formatPascalPair(pair);
    if (seen.has(line)) throw new FormatError('list', `${file}: line ${number} repeats ${line}`);
    seen.add(line);
    return pair;
  });
}

/** A list in the published form. */
export function formatPascalList(pairs: readonly ListedPair[]): string {
  return pairs.map((pair) => `${formatPascalPair(pair)}\n`).join('');
}

function formatPascalPair({ image, classId }: ListedPair): string {
  return `${image}__${String(classId + 1).padStart(2, '0')}`;
}

/**
 * COCO-20i's lists as JSON: `{"0": ["val2014/COCO_val2014_000000000042.jpg", …], "4": […]}`, class ids from 0. The
 * published lists are such dictionaries, as Python pickles: `json.dump(pickle.load(open('fold0.pkl', 'rb')),
 * open('fold0.json', 'w'))`.
 *
 * @param file named in errors
 * @returns pairs, class after class
 * @throws FormatError for another form, a class that COCO does not have, an image that occurs twice in a class, a name
 *   that leads out of the folder
 */
export function parseCocoList(bytes: Uint8Array, file: string): readonly ListedPair[] {
  const list = parseJson(decodeText(bytes, file, 'list'), file, 'list');
  if (!isObject(list))
    throw new FormatError('list', `${file} should be an object, {"0": ["val2014/NAME.jpg", …], …}; got ${shown(list)}`);
  return Object.entries(list).flatMap(([key, names]) => {
    const classId = /^\d{1,2}$/.test(key) ? Number(key) : Number.NaN;
    if (!(classId < cocoClasses.length))
      throw new FormatError(
        'list',
        `${file}: classes are numbered from 0 to ${cocoClasses.length - 1}; got ${shown(key)}`,
      );
    if (!Array.isArray(names))
      throw new FormatError('list', `${file}: class ${key} should have a list of images; got ${shown(names)}`);
    const images = names.map((name: unknown) => relativeName(name, file, 'list'));
    const seen = new Set<string>();
    for (const image of images) {
      if (seen.has(image)) throw new FormatError('list', `${file}: class ${key} has ${shown(image)} twice`);
      seen.add(image);
    }
    return images.map((image) => ({ image, classId }));
  });
}

/** A list in the form that `parseCocoList` reads. */
export function formatCocoList(pairs: readonly ListedPair[]): string {
  const byClass: Record<string, string[]> = {};
  for (const { image, classId } of pairs) (byClass[classId] ??= []).push(image);
  return `${JSON.stringify(byClass)}\n`;
}
