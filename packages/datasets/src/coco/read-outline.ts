import { isObject, shown } from '../files/text.ts';
import type { Outline } from './drawn-mask.ts';
import type { Ring } from './polygon.ts';

/** What a segmentation says: its outline, undefined if it marks nothing; or why it cannot be read. */
export type ReadOutline = { readonly outline: Outline | undefined } | { readonly reason: string };

const expected = 'a segmentation is a list of polygons, [[x, y, x, y, …], …], or {"size": [height, width], "counts"}';

/**
 * Reads an annotation's segmentation: a list of polygons, each [x, y, x, y, …] or [[x, y], [x, y], …], a single polygon of
 * such pairs, or runs of pixels, {"size": [height, width], "counts": a list or COCO's text of one}.
 */
export function readOutline(segmentation: unknown): ReadOutline {
  if (segmentation === undefined || segmentation === null) return { outline: undefined };
  if (Array.isArray(segmentation)) return readPolygons(segmentation);
  const { counts, size } = isObject(segmentation) ? segmentation : {};
  if (typeof counts === 'string' || isNumbers(counts))
    return { outline: { runs: counts, ...(Array.isArray(size) && { size }) } };
  return { reason: `${expected}; got ${shown(segmentation)}` };
}

function readPolygons(list: readonly unknown[]): ReadOutline {
  if (list.length > 0 && isNumbers(list))
    return { reason: `${expected}; this one is a polygon without the list around it: ${shown(list)}` };
  const [first] = list;
  // Some tools put even the runs of pixels into a list.
  if (list.length === 1 && isObject(first)) return readOutline(first);
  const ofPairs = ringOfPairs(list);
  if (ofPairs !== undefined && list.length >= 3) return { outline: { polygons: [ofPairs] } };
  const polygons: Ring[] = [];
  for (const each of list) {
    const ring = isNumbers(each) && each.length % 2 === 0 ? each : ringOfPairs(each);
    if (ring === undefined) return { reason: `${expected}; ${whyNoRing(each)}` };
    // Whole numbers outline the picture's first pixel.
    if (ring.length >= 6 && ring.every((value) => value >= 0 && value <= 1) && !ring.every(Number.isInteger))
      return {
        reason: `corners are in pixels; these are from 0 to 1, as if they were shares of the size: ${shown(ring)}`,
      };
    if (ring.length >= 6) polygons.push(ring);
  }
  return { outline: polygons.length === 0 ? undefined : { polygons } };
}

/** The ring of a list of pairs, [[x, y], …]; undefined for anything else. */
function ringOfPairs(list: unknown): Ring | undefined {
  if (!Array.isArray(list)) return undefined;
  const pairs = list.filter((pair: unknown) => isNumbers(pair)).filter(({ length }) => length === 2);
  return pairs.length === list.length ? pairs.flat() : undefined;
}

function whyNoRing(ring: unknown): string {
  if (isNumbers(ring)) return `a polygon has as many x as y; got ${ring.length} numbers: ${shown(ring)}`;
  if (Array.isArray(ring) && ring.length > 0 && ring.every((each) => Array.isArray(each)))
    return `this one has a list too many around its polygons: ${shown([ring])}`;
  return `a polygon must be a list of numbers, x before y; got ${shown(ring)}`;
}

function isNumbers(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((value) => typeof value === 'number' && Number.isFinite(value));
}
