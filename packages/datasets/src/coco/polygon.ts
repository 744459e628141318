import type { Size } from '../image/image.ts';

/**
 * A polygon's corners, x before y, in pixels from the image's upper left corner: [x₀, y₀, x₁, y₁, …].
 */
export type Ring = readonly number[];

/** The outline is followed in steps of a fifth of a pixel. */
const scale = 5;

/**
 * Fills a polygon as COCO's own tools do (`rleFrPoly` of maskApi.c). The outline is drawn at five times the size. Each
 * of its steps from one column to the next is a crossing, and a pixel is inside if an odd number of crossings lies
 * above the middle of its column.
 *
 * @returns the places in column-major order, ascending, where inside and outside begin in turn
 */
export function polygonEdges(ring: Ring, { width, height }: Size): number[] {
  const edges: number[] = [];
  const outline = followOutline(ring);
  for (let i = 2; i < outline.length; i += 2) {
    const [x0, y0, x1, y1] = [outline[i - 2] ?? 0, outline[i - 1] ?? 0, outline[i] ?? 0, outline[i + 1] ?? 0];
    if (x0 === x1) continue;
    // Only every fifth fine column is the middle of a pixel's column.
    const x = (Math.min(x0, x1) + 0.5) / scale - 0.5;
    if (x !== Math.floor(x) || x < 0 || x > width - 1) continue;
    const y = Math.ceil(Math.min(Math.max((Math.min(y0, y1) + 0.5) / scale - 0.5, 0), height));
    edges.push(x * height + y);
  }
  return edges.sort((a, b) => a - b);
}

/** Points of the outline at five times the size, x before y. Neighbours are at most one apart. */
function followOutline(ring: Ring): Int32Array {
  const corners = ring.length / 2;
  const fine = Int32Array.from(ring, (value) => Math.trunc(scale * value + 0.5));
  const corner = (j: number): readonly [number, number] => [
    fine[2 * (j % corners)] ?? 0,
    fine[2 * (j % corners) + 1] ?? 0,
  ];
  let count = 0;
  for (let j = 0; j < corners; j += 1) count += stepsBetween(corner(j), corner(j + 1)) + 1;
  const points = new Int32Array(2 * count);
  let at = 0;
  for (let j = 0; j < corners; j += 1) {
    const [from, to] = [corner(j), corner(j + 1)];
    const steps = stepsBetween(from, to);
    const isFlat = Math.abs(to[0] - from[0]) >= Math.abs(to[1] - from[1]);
    // Both directions must give the same points, so the line starts at its left end (a steep line at its upper end).
    const isTurned = isFlat ? from[0] > to[0] : from[1] > to[1];
    const [start, end] = isTurned ? [to, from] : [from, to];
    const slope = steps === 0 ? 0 : (isFlat ? end[1] - start[1] : end[0] - start[0]) / steps;
    for (let d = 0; d <= steps; d += 1) {
      const t = isTurned ? steps - d : d;
      points[at] = isFlat ? start[0] + t : Math.trunc(start[0] + slope * t + 0.5);
      points[at + 1] = isFlat ? Math.trunc(start[1] + slope * t + 0.5) : start[1] + t;
      at += 2;
    }
  }
  return points;
}

function stepsBetween([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): number {
  return Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
}
