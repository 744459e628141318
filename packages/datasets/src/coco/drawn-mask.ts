import { FormatError } from '@hypercorr/tensor';
import { mostPixels, tooManyPixels, voidIndex, type Mask, type Size } from '../image/image.ts';
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
  /** The number of its class: from 1, and to 254 where a mask of all classes is painted. */
  readonly index: number;
  readonly outline: Outline;
  /** Whether it is a crowd, of which nobody outlined each object. False if absent. */
  readonly crowd?: boolean;
}

/** A mask as annotations describe it. */
export interface DrawnMask extends Size {
  readonly regions: readonly Region[];
  readonly raster: Raster;
  /** The class whose regions alone are painted, whatever others cover. All classes if absent. */
  readonly only?: number;
}

/**
 * Paints a mask, with 0 where no region lies:
 * - of all classes, as the published masks of COCO-20i are: each region's index, later regions over earlier ones, and no
 *   crowds;
 * - of one class (`only`): 1 where any of its regions lies, and 255 where only a crowd of it does.
 *
 * @param file named in errors
 * @throws FormatError for an image of more than 2²⁸ pixels, for runs that do not fit the image, and for outlines that
 *   go far outside of it or are too long for any picture
 */
export function drawMask({ width, height, regions, raster, only }: DrawnMask, file: string): Mask {
  if (width * height > mostPixels) throw tooManyPixels('mask', file, { width, height });
  const layers = only === undefined ? layersOfAll(regions) : layersOf(regions, only);
  checkOutlines(layers, { width, height, raster }, file);
  const mask = { width, height, data: new Uint8Array(width * height) };
  for (const { value, outline } of layers) {
    if ('runs' in outline) {
      checkRunsSize(outline.size, mask, file);
      fillBetween(mask, runEdges(runLengths(outline.runs, width * height, file)), value);
    } else for (const ring of polygonsOf(outline.polygons, raster)) fillRing(mask, ring, value, raster);
  }
  return mask;
}

/** Whether a region outlines an object. Crowds do not, and nor do boxes without an outline. */
export function outlinesObject({ outline, crowd }: Region): boolean {
  return crowd !== true && ('runs' in outline || outline.polygons.length > 0);
}

/** An outline, and the value of its pixels. */
interface Layer {
  readonly value: number;
  readonly outline: Outline;
}

function layersOfAll(regions: readonly Region[]): readonly Layer[] {
  return regions.filter(({ crowd }) => crowd !== true).map(({ index, outline }) => ({ value: index, outline }));
}

function layersOf(regions: readonly Region[], only: number): readonly Layer[] {
  const own = regions.filter(({ index }) => index === only);
  const crowds = own.filter(({ crowd }) => crowd === true);
  const objects = own.filter(({ crowd }) => crowd !== true);
  return [
    ...crowds.map(({ outline }) => ({ value: voidIndex, outline })),
    ...objects.map(({ outline }) => ({ value: 1, outline })),
  ];
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
function checkOutlines(
  layers: readonly Layer[],
  { width, height, raster }: Size & Pick<DrawnMask, 'raster'>,
  file: string,
): void {
  let length = 0;
  for (const { outline } of layers) {
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
