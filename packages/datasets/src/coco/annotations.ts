import { FormatError } from '@hypercorr/tensor';
import { decodeText, isObject, parseJson, shown, type JsonObject } from '../files/text.ts';
import type { Size } from '../image/image.ts';
import type { Region } from './drawn-mask.ts';
import { readOutline } from './read-outline.ts';

/** Files identify entries by number or by name. A number and a text of its digits are the same. */
type Id = string | number;

export interface CocoCategory {
  readonly id: string | number;
  readonly name: string;
}

export interface CocoImage {
  readonly id: string | number;
  /** The photograph's name as the file gives it: it may be absolute, or encoded. */
  readonly file: string;
  /** Its size; undefined where the file gives none that makes sense. */
  readonly size: Size | undefined;
  /** The objects in the file's order. A region's index is 1 + its category's place. */
  readonly regions: readonly Region[];
  /** The indices of objects whose outlines cannot be read. A mask of these classes would call them background. */
  readonly unread: ReadonlySet<number>;
}

/** An entry that cannot be used. */
export interface SkippedEntry {
  /**
   * - `'ignored'`: an annotation of an image that is not in the file;
   * - `'annotation'`: an entry of another form, or of a category that is not in the file.
   */
  readonly kind: 'ignored' | 'annotation';
  /** The entry in its file: `instances.json, annotation 7`. */
  readonly file: string;
  readonly message: string;
}

/** The content of a file of COCO instances. */
export interface CocoAnnotations {
  /** The categories, ascending by id. Of several with one name, the first. */
  readonly categories: readonly CocoCategory[];
  /** Categories that share a name, with all of their ids. They are taken as one. */
  readonly shared: readonly { readonly name: string; readonly ids: readonly (string | number)[] }[];
  readonly images: readonly CocoImage[];
  /** How many annotations the file has. */
  readonly annotations: number;
  /** How many annotations are crowds (`iscrowd`). */
  readonly crowds: number;
  /** How many annotations outline nothing: boxes alone, and outlines of fewer than three corners. */
  readonly withoutOutline: number;
  readonly skipped: readonly SkippedEntry[];
}

/**
 * Reads a file of COCO instances: `{"images": [{id, file_name, width, height}], "categories": [{id, name}],
 * "annotations": [{image_id, category_id, segmentation, iscrowd}]}`. A segmentation is a list of polygons, each [x, y,
 * x, y, …] or [[x, y], …], or runs of pixels, {"size": [height, width], "counts": a list or COCO's text of one}. Entries
 * that cannot be used are skipped and listed.
 *
 * @param file named in errors
 * @throws FormatError for a file of another form, and for ids from 2⁵³ on, which JSON's numbers do not tell apart
 */
export function parseCocoAnnotations(bytes: Uint8Array, file: string): CocoAnnotations {
  return cocoAnnotationsOf(parseJson(decodeText(bytes, file, 'annotations'), file, 'annotations'), file);
}

/** As `parseCocoAnnotations`, for a JSON that was parsed. */
export function cocoAnnotationsOf(json: unknown, file: string): CocoAnnotations {
  const skipped: SkippedEntry[] = [];
  const skip: Skip = (kind, entry, message) => void skipped.push({ kind, file: entry, message });
  const lists = {
    images: entries(json, 'images', file),
    categories: entries(json, 'categories', file),
    annotations: entries(json, 'annotations', file),
  };
  const { categories, shared, places } = readCategories(lists.categories, file, skip);
  const { images, byId } = readImages(lists.images, file, skip);
  if (lists.annotations.some((entry) => isObject(entry) && 'segments_info' in entry))
    throw new FormatError(
      'annotations',
      `${file} has COCO's panoptic form, whose masks are PNGs; give the file of instances`,
    );
  const counts = { crowds: 0, withoutOutline: 0 };
  for (const [i, entry] of lists.annotations.entries()) {
    const where = `${file}, annotation ${isObject(entry) && entry['id'] !== undefined ? shown(entry['id']) : i + 1}`;
    if (!isObject(entry)) {
      skip('annotation', where, `an annotation should be an object; got ${shown(entry)}`);
      continue;
    }
    const image = lookUp(byId, entry, 'image_id', (message) => skip('ignored', where, message));
    const index = lookUp(places, entry, 'category_id', (message) => skip('annotation', where, message));
    // What was said of an image or a category is not said again of its annotations.
    if (image === undefined || index === undefined || image === 'skipped' || index === 'skipped') continue;
    const crowd = entry['iscrowd'] === 1 || entry['iscrowd'] === true;
    const read = readOutline(entry['segmentation']);
    if (crowd) counts.crowds += 1;
    if ('reason' in read) {
      if (!crowd) image.unread.add(index);
      skip('annotation', where, read.reason);
    } else if (read.outline === undefined && !crowd) counts.withoutOutline += 1;
    // An object without an outline still says that the photograph shows its class.
    const outline = ('outline' in read ? read.outline : undefined) ?? { polygons: [] };
    image.regions.push({ index, outline, ...(crowd && { crowd }) });
  }
  return { categories, shared, images, annotations: lists.annotations.length, ...counts, skipped };
}

type Skip = (kind: SkippedEntry['kind'], entry: string, message: string) => void;

function entries(json: unknown, name: string, file: string): readonly unknown[] {
  const list: unknown = isObject(json) ? json[name] : undefined;
  if (Array.isArray(list)) return list;
  const kind = Array.isArray(json)
    ? '; it is a list, as COCO has for results: give the annotations'
    : isObject(json) && Array.isArray(json['shapes'])
      ? "; it is a file of LabelMe's program for one photograph: teach reads such files, and LabelMe's script makes COCO's of them"
      : '';
  throw new FormatError(
    'annotations',
    `${file} should have a list of ${name}, as COCO's instances do; got ${shown(list)}${kind}`,
  );
}

interface Categories extends Pick<CocoAnnotations, 'categories' | 'shared'> {
  /** The index of each id. */
  readonly places: ReadonlyMap<string, number | 'skipped'>;
}

function readCategories(list: readonly unknown[], file: string, skip: Skip): Categories {
  const places = new Map<string, number | 'skipped'>();
  const named: CocoCategory[] = [];
  for (const [i, entry] of list.entries()) {
    const where = `${file}, category ${i + 1}`;
    const id = isObject(entry) ? idOf(entry, 'id', where) : undefined;
    const name = isObject(entry) ? nameOf(entry['name']) : undefined;
    if (id === undefined) skip('annotation', where, `a category needs an id, a number or text; got ${shown(entry)}`);
    else if (name === undefined) {
      places.set(String(id), 'skipped');
      skip('annotation', where, `a category needs a name; got ${shown(entry)}`);
    } else named.push({ id, name });
  }
  named.sort(byId);
  const byName = new Map<string, CocoCategory[]>();
  for (const each of named) {
    const group = byName.get(each.name) ?? [];
    group.push(each);
    byName.set(each.name, group);
  }
  const groups = [...byName.values()];
  for (const [place, group] of groups.entries()) {
    for (const { id, name } of group) {
      const other = places.get(String(id));
      if (typeof other === 'number' && other !== place + 1)
        throw new FormatError(
          'annotations',
          `${file}: category ${shown(id)} has two names, one of them ${shown(name)}; give each category an id of its own`,
        );
      places.set(String(id), place + 1);
    }
  }
  const shared = [...byName]
    .map(([name, group]) => ({ name, ids: [...new Set(group.map(({ id }) => id))] }))
    .filter(({ ids }) => ids.length > 1);
  return { categories: groups.flatMap((group) => group.slice(0, 1)), shared, places };
}

/** Some systems write an accent as a character of its own; both spellings are one name. */
function nameOf(name: unknown): string | undefined {
  const text = typeof name === 'number' ? String(name) : name;
  return typeof text === 'string' && text !== '' ? text.normalize('NFC') : undefined;
}

/** Sorts numbers before texts. */
function byId({ id: a }: CocoCategory, { id: b }: CocoCategory): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

interface OpenImage extends CocoImage {
  readonly regions: Region[];
  readonly unread: Set<number>;
}

interface Images {
  readonly images: readonly OpenImage[];
  readonly byId: ReadonlyMap<string, OpenImage | 'skipped'>;
}

function readImages(list: readonly unknown[], file: string, skip: Skip): Images {
  const byId = new Map<string, OpenImage | 'skipped'>();
  for (const [i, entry] of list.entries()) {
    const where = `${file}, image ${i + 1}`;
    const id = isObject(entry) ? idOf(entry, 'id', where) : undefined;
    if (!isObject(entry) || id === undefined) {
      skip('annotation', where, `an image needs an id, a number or text; got ${shown(entry)}`);
      continue;
    }
    const name = entry['file_name'];
    const other = byId.get(String(id));
    const isTwice = other !== undefined && (other === 'skipped' || other.file !== name);
    if (isTwice) skip('annotation', where, `two images have the id ${shown(id)}, so that neither can be used`);
    else if (typeof name !== 'string' || name === '')
      skip('annotation', where, `an image needs a file_name; got ${shown(name)}`);
    else if (other === undefined) {
      byId.set(String(id), { id, file: name, size: sizeOf(entry), regions: [], unread: new Set() });
      continue;
    } else continue;
    byId.set(String(id), 'skipped');
  }
  return { images: [...byId.values()].filter((image) => image !== 'skipped'), byId };
}

function sizeOf({ width, height }: JsonObject): Size | undefined {
  return isSide(width) && isSide(height) ? { width, height } : undefined;
}

function isSide(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

/** @throws FormatError for a number that JSON does not keep exactly */
function idOf(entry: JsonObject, name: string, where: string): Id | undefined {
  const id = entry[name];
  if (typeof id === 'number' && Math.abs(id) > Number.MAX_SAFE_INTEGER)
    throw new FormatError(
      'annotations',
      `${where}: its ${name} is about ${id}; numbers from 2^53 on are not told apart. Write the ids as texts, or number the entries anew`,
    );
  return typeof id === 'number' || typeof id === 'string' ? id : undefined;
}

function lookUp<Value>(
  map: ReadonlyMap<string, Value>,
  entry: JsonObject,
  name: 'image_id' | 'category_id',
  refuse: (message: string) => void,
): Value | undefined {
  const id = entry[name];
  const value = typeof id === 'number' || typeof id === 'string' ? map.get(String(id)) : undefined;
  if (value === undefined)
    refuse(id === undefined ? `an annotation needs ${name}` : `there is no such ${name}: ${shown(id)}`);
  return value;
}
