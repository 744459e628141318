import { FormatError } from '@hypercorr/tensor';
import { relativeName } from '../files/inside-folder.ts';
import { decodeText, isObject, parseJson, shown, type JsonObject } from '../files/text.ts';
import { voidIndex, type Size } from '../image/image.ts';
import type { Outline, Region } from './drawn-mask.ts';
import type { Ring } from './polygon.ts';

/** Files identify entries by number or by name. */
type Id = string | number;

export interface CocoCategory {
  readonly id: string | number;
  readonly name: string;
}

export interface CocoImage extends Size {
  readonly id: string | number;
  /** The photograph's name, relative, with / between its parts. */
  readonly file: string;
  /** The objects in the file's order. A region's index is 1 + its category's place. */
  readonly regions: readonly Region[];
}

/** The content of a file of COCO instances, without crowds. */
export interface CocoAnnotations {
  /** The categories, ascending by id. */
  readonly categories: readonly CocoCategory[];
  readonly images: readonly CocoImage[];
  /** How many annotations are crowds (`iscrowd`). They are ignored. */
  readonly crowds: number;
  /** How many annotations outline nothing: boxes alone, and outlines of fewer than three corners. */
  readonly withoutOutline: number;
}

/**
 * Reads a file of COCO instances: `{"images": [{id, file_name, width, height}], "categories": [{id, name}],
 * "annotations": [{image_id, category_id, segmentation, iscrowd}]}`. A segmentation is a list of polygons, each [x, y,
 * x, y, …], or runs of pixels, {"size": [height, width], "counts": a list or COCO's text of one}.
 *
 * @param file named in errors
 * @throws FormatError that names the image or annotation and what is wrong with it
 */
export function parseCocoAnnotations(bytes: Uint8Array, file: string): CocoAnnotations {
  return cocoAnnotationsOf(parseJson(decodeText(bytes, file, 'annotations'), file, 'annotations'), file);
}

/** As `parseCocoAnnotations`, for a JSON that was parsed. */
export function cocoAnnotationsOf(json: unknown, file: string): CocoAnnotations {
  const [images, categories, annotations] = [
    entries(json, 'images', file),
    entries(json, 'categories', file),
    entries(json, 'annotations', file),
  ];
  const sorted = categories.map((each, i) => readCategory(each, `${file}, category ${i + 1}`)).sort(byId);
  if (sorted.length >= voidIndex)
    throw new FormatError(
      'annotations',
      `${file} has ${sorted.length} categories; a mask can hold at most ${voidIndex - 1}`,
    );
  const places = unique(
    sorted.map(({ id }, place) => [id, place + 1]),
    'category',
    file,
  );

  const regions = unique(
    images.map((each, i) => [idOf(each, 'id', `${file}, image ${i + 1}`), [] as Region[]]),
    'image',
    file,
  );
  const counts = { crowds: 0, withoutOutline: 0 };
  for (const [i, annotation] of annotations.entries()) {
    const where = `${file}, annotation ${annotation['id'] === undefined ? i + 1 : shown(annotation['id'])}`;
    const ofImage = known(regions, annotation, 'image_id', where);
    const index = known(places, annotation, 'category_id', where);
    if (annotation['iscrowd'] === 1 || annotation['iscrowd'] === true) counts.crowds += 1;
    else {
      const outline = readOutline(annotation['segmentation'], where);
      if (outline === undefined) counts.withoutOutline += 1;
      else ofImage.push({ index, outline });
    }
  }
  const read = images.map((each, i) => readImage(each, regions, `${file}, image ${i + 1}`));
  return { categories: sorted, images: read, ...counts };
}

function entries(json: unknown, name: string, file: string): readonly JsonObject[] {
  const list = isObject(json) ? json[name] : undefined;
  if (!Array.isArray(list))
    throw new FormatError(
      'annotations',
      `${file} should have a list of ${name}, as COCO's instances do; got ${shown(list)}`,
    );
  return list.map((each: unknown, i) => {
    if (isObject(each)) return each;
    throw new FormatError('annotations', `${file}: entry ${i + 1} of ${name} should be an object; got ${shown(each)}`);
  });
}

function readCategory(entry: JsonObject, where: string): CocoCategory {
  const { name } = entry;
  if (typeof name !== 'string' || name === '')
    throw new FormatError('annotations', `${where} needs a name; got ${shown(name)}`);
  return { id: idOf(entry, 'id', where), name };
}

/** Sorts numbers before texts. */
function byId({ id: a }: CocoCategory, { id: b }: CocoCategory): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

function readImage(entry: JsonObject, regions: ReadonlyMap<Id, readonly Region[]>, where: string): CocoImage {
  const id = idOf(entry, 'id', where);
  return {
    id,
    file: relativeName(entry['file_name'], where, 'annotations'),
    width: side(entry, 'width', where),
    height: side(entry, 'height', where),
    regions: regions.get(id) ?? [],
  };
}

function side(entry: JsonObject, name: 'width' | 'height', where: string): number {
  const value = entry[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new FormatError('annotations', `${where}: its ${name} must be a whole number from 1; got ${shown(value)}`);
}

function idOf(entry: JsonObject, name: string, where: string): Id {
  const id = entry[name];
  if (typeof id === 'number' || typeof id === 'string') return id;
  throw new FormatError('annotations', `${where} needs an ${name}, a number or text; got ${shown(id)}`);
}

function unique<Value>(pairs: readonly (readonly [Id, Value])[], what: string, file: string): ReadonlyMap<Id, Value> {
  const map = new Map<Id, Value>();
  for (const [id, value] of pairs) {
    if (map.has(id)) throw new FormatError('annotations', `${file}: two entries are ${what} ${shown(id)}`);
    map.set(id, value);
  }
  return map;
}

function known<Value>(
  map: ReadonlyMap<Id, Value>,
  entry: JsonObject,
  name: 'image_id' | 'category_id',
  where: string,
): Value {
  const value = map.get(idOf(entry, name, where));
  if (value === undefined)
    throw new FormatError('annotations', `${where}: there is no such ${name}: ${shown(entry[name])}`);
  return value;
}

/** The outline of an annotation; undefined if it marks nothing. */
function readOutline(segmentation: unknown, where: string): Outline | undefined {
  if (Array.isArray(segmentation)) {
    const polygons = segmentation.map((ring: unknown) => readRing(ring, where)).filter((ring) => ring.length >= 6);
    return polygons.length === 0 ? undefined : { polygons };
  }
  if (segmentation === undefined || segmentation === null) return undefined;
  const { counts, size } = isObject(segmentation) ? segmentation : {};
  if (typeof counts === 'string' || (Array.isArray(counts) && counts.every((count) => typeof count === 'number'))) {
    return { runs: counts, ...(Array.isArray(size) && { size }) };
  }
  throw new FormatError(
    'annotations',
    `${where}: a segmentation must be a list of polygons, or {"size", "counts"}; got ${shown(segmentation)}`,
  );
}

function readRing(ring: unknown, where: string): Ring {
  if (Array.isArray(ring) && ring.length % 2 === 0 && ring.every((value) => typeof value === 'number')) return ring;
  throw new FormatError('annotations', `${where}: a polygon must be a list of numbers, x before y; got ${shown(ring)}`);
}
