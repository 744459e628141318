import { FormatError } from '@hypercorr/tensor';
import { mostPixels, tooManyPixels, type Mask, type Size } from '../image/image.ts';
import { shown } from '../files/text.ts';
import { fillPolygon } from './fill-polygon.ts';
import { polygonEdges, type Ring } from './polygon.ts';
import { runEdges, runLengths, type RunLengths } from './run-lengths.ts';

/**
 * How annotations become pixels:
 * - `'coco'`: like COCO's own tools, every polygon of an object;
 * - `'repri'`: like the masks that many few-shot projects share (RePRI's script): only the first polygon of an object,
 *   its corners cut to whole pixels, filled by OpenCV's `fillPoly`.
 */
export type Raster = 'coco' | 'repri';

/** An object's outline: polygons, or runs of pixels with the size that they belong to, [height, width]. */
export type Outline =
  | { readonly polygons: readonly Ring[] }
  | { readonly runs: RunLengths; readonly size?: readonly unknown[] };

/** An object of the mask. */
export interface Region {
  /** The index of its pixels, from 1 to 254. */
  readonly index: number;
  readonly outline: Outline;
}

/** A mask as annotations describe it. Regions are painted in order, later ones over earlier ones. */
export interface DrawnMask extends Size {
  readonly regions: readonly Region[];
  readonly raster: Raster;
}

/**
 * Paints a mask: each region's index where the region lies, and 0 elsewhere.
 *
 * @param file named in errors
 * @throws FormatError for an image of more than 2²⁸ pixels, for runs that do not fit the image, and for outlines that
 *   go far outside of it or are too long for any picture
 */
export function drawMask({ width, height, regions, raster }: DrawnMask, file: string): Mask {
  if (width * height > mostPixels) throw tooManyPixels('mask', file, { width, height });
  checkOutlines({ width, height, regions, raster }, file);
  const mask = { width, height, data: new Uint8Array(width * height) };
  for (const { index, outline } of regions) {
    if ('runs' in outline) {
      checkRunsSize(outline.size, mask, file);
      fillBetween(mask, runEdges(runLengths(outline.runs, width * height, file)), index);
    } else for (const ring of polygonsOf(outline.polygons, raster)) fillRing(mask, ring, index, raster);
  }
  return mask;
}

/** A turned picture has as many pixels as its runs say, but in other places, so the sizes are compared. */
function checkRunsSize(size: readonly unknown[] | undefined, { width, height }: Size, file: string): void {
  if (size === undefined || (size.length === 2 && size[0] === height && size[1] === width)) return;
  throw new FormatError(
    'annotations',
    `${file}: the runs have the size ${shown(size)}, but the image has [${height},${width}] (height before width)`,
  );
}

function polygonsOf(polygons: readonly Ring[], raster: Raster): readonly Ring[] {
  return raster === 'repri' ? polygons.slice(0, 1) : polygons;
}

function fillRing(mask: Mask, ring: Ring, index: number, raster: Raster): void {
  if (raster === 'repri') fillPolygon(mask, ring.map(Math.trunc), index);
  else fillBetween(mask, polygonEdges(ring, mask), index);
}

/** Fills from every even edge to the next one, in column-major order. */
function fillBetween({ width, height, data }: Mask, edges: readonly number[], index: number): void {
  for (let i = 0; i < edges.length; i += 2) {
    const start = edges[i] ?? 0;
    let [x, y] = [Math.floor(start / height), start % height];
    for (let left = (edges[i + 1] ?? data.length) - start; left > 0; left -= 1) {
      data[y * width + x] = index;
      y += 1;
      if (y === height) [x, y] = [x + 1, 0];
    }
  }
}

/**
 * Drawing takes time in proportion to the outlines' length. No picture needs outlines that pass each pixel many times.
 */
function checkOutlines({ width, height, regions, raster }: DrawnMask, file: string): void {
  let length = 0;
  for (const { outline } of regions) {
    if ('polygons' in outline)
      for (const ring of polygonsOf(outline.polygons, raster)) length += lengthOf(ring, { width, height }, file);
  }
  if (length <= 8 * (width * height + width + height)) return;
  throw new FormatError(
    'annotations',
    `${file}: the outlines are ${Math.round(length)} pixels long, too long for an image of ${width}×${height}; draw them again`,
  );
}

/** @throws FormatError for a ring that leaves the image by more than its size */
function lengthOf(ring: Ring, { width, height }: Size, file: string): number {
  let length = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const [x, y] = [ring[i] ?? 0, ring[i + 1] ?? 0];
    if (!(x >= -width && x <= 2 * width && y >= -height && y <= 2 * height)) {
      throw new FormatError(
        'annotations',
        `${file}: an outline goes through x ${x}, y ${y}, far outside of the image of ${width}×${height}; does it belong to another image?`,
      );
    }
    const next = (i + 2) % ring.length;
    length += Math.abs((ring[next] ?? 0) - x) + Math.abs((ring[next + 1] ?? 0) - y);
  }
  return length;
}
