import type { Mask, Size } from '../image/image.ts';
import type { Ring } from './polygon.ts';

type Point = readonly [x: number, y: number];

/** Fixed point with 16 bits behind the point. */
const one = 2 ** 16;

/**
 * Fills a polygon of whole corners like OpenCV's `fillPoly` (5.0): its outline in 8-connected lines, and in each row
 * the pixels between an odd crossing and the next even one.
 *
 * @param ring corners in pixels; parts outside of the mask are clipped
 */
export function fillPolygon(mask: Mask, ring: Ring, index: number): void {
  const corners = ring.length / 2;
  const corner = (j: number): Point => [ring[2 * (j % corners)] ?? 0, ring[2 * (j % corners) + 1] ?? 0];
  const edges: Edge[] = [];
  for (let j = 0; j < corners; j += 1) {
    const [from, to] = [corner(j), corner(j + 1)];
    const { start, end, isVisible } = clipLine(from, to, mask);
    if (isVisible) drawLine(mask, start, end, index);
    if (from[1] !== to[1]) edges.push(edgeOf(from, to, start, end));
  }
  fillRows(mask, edges, index);
}

/** A side of the polygon that is not level, from its upper end. x is in fixed point. */
interface Edge {
  readonly top: number;
  /** The first row below the side. */
  readonly bottom: number;
  readonly x: number;
  /** The change of x from one row to the next. */
  readonly slope: number;
}

/**
 * A side, row by row. It follows its clipped part, whose ends are rounded to whole pixels.
 *
 * @param start the clipped part's start
 * @param end the clipped part's end
 */
function edgeOf(from: Point, to: Point, start: Point, end: Point): Edge {
  const [startY, endY] = start[1] === end[1] ? [from[1], to[1]] : [start[1], end[1]];
  const slope = Math.trunc(((end[0] - start[0]) * one) / (endY - startY));
  const [x, y] = from[1] < to[1] ? [start[0], startY] : [end[0], endY];
  const top = Math.min(from[1], to[1]);
  return { top, bottom: Math.max(from[1], to[1]), x: x * one + (top - y) * slope, slope };
}

function fillRows({ width, height, data }: Mask, edges: readonly Edge[], index: number): void {
  if (edges.length < 2) return;
  const crossings = new Map<number, number[]>();
  for (const { top, bottom, x, slope } of edges) {
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y += 1) {
      const ofRow = crossings.get(y) ?? [];
      crossings.set(y, ofRow);
      ofRow.push(x + (y - top) * slope);
    }
  }
  for (const [y, unsorted] of crossings) {
    const ofRow = unsorted.sort((a, b) => a - b);
    for (let i = 0; i + 1 < ofRow.length; i += 2) {
      const left = Math.max(0, Math.ceil((ofRow[i] ?? 0) / one));
      const right = Math.min(width - 1, Math.floor((ofRow[i + 1] ?? 0) / one));
      if (left <= right) data.fill(index, y * width + left, y * width + right + 1);
    }
  }
}

/** Bresenham's line from the left end, both ends included. */
function drawLine({ width, data }: Mask, from: Point, to: Point, index: number): void {
  const [[x0, y0], [x1, y1]] = from[0] <= to[0] ? [from, to] : [to, from];
  const down = y1 < y0 ? -width : width;
  const [across, along] = [x1 - x0, Math.abs(y1 - y0)];
  const [long, short] = across >= along ? [across, along] : [along, across];
  const [step, sideStep] = across >= along ? [1, down] : [down, 1];
  let error = long - 2 * short;
  for (let i = 0, place = y0 * width + x0; i <= long; i += 1) {
    data[place] = index;
    place += step;
    if (error < 0) {
      place += sideStep;
      error += 2 * long;
    }
    error -= 2 * short;
  }
}

/** The part of a line inside the picture, its ends rounded toward zero (Cohen and Sutherland). */
function clipLine(
  from: Point,
  to: Point,
  { width, height }: Size,
): { readonly start: Point; readonly end: Point; readonly isVisible: boolean } {
  const [right, bottom] = [width - 1, height - 1];
  const isBeside = (a: number, b: number, end: number): boolean => (a < 0 && b < 0) || (a > end && b > end);
  let [[x0, y0], [x1, y1]] = [from, to];
  if (isBeside(x0, x1, right) || isBeside(y0, y1, bottom)) return { start: from, end: to, isVisible: false };
  if (y0 < 0 || y0 > bottom) {
    const y = y0 < 0 ? 0 : bottom;
    x0 += Math.trunc(((y - y0) * (x1 - x0)) / (y1 - y0));
    y0 = y;
  }
  if (y1 < 0 || y1 > bottom) {
    const y = y1 < 0 ? 0 : bottom;
    x1 += Math.trunc(((y - y1) * (x1 - x0)) / (y1 - y0));
    y1 = y;
  }
  if (isBeside(x0, x1, right)) return { start: [x0, y0], end: [x1, y1], isVisible: false };
  if (x0 < 0 || x0 > right) {
    const x = x0 < 0 ? 0 : right;
    y0 += Math.trunc(((x - x0) * (y1 - y0)) / (x1 - x0));
    x0 = x;
  }
  if (x1 < 0 || x1 > right) {
    const x = x1 < 0 ? 0 : right;
    y1 += Math.trunc(((x - x1) * (y1 - y0)) / (x1 - x0));
    x1 = x;
  }
  return { start: [x0, y0], end: [x1, y1], isVisible: true };
}
