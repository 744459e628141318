import type { Components, PixelBox } from './components.ts';

/** A corner of pixels: [x, y], (0, 0) at the top left corner of the picture. */
export type Corner = readonly [x: number, y: number];

/** A ring of corners. The last is joined to the first. */
export type Ring = readonly Corner[];

/** The outline of an object along the edges of its pixels. */
export interface Outline {
  /** Clockwise, as a picture shows it. */
  readonly outer: Ring;
  /** Counterclockwise. */
  readonly holes: readonly Ring[];
}

/** Right, down, left, up: clockwise, as a picture shows it. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * Follows the edges of a component, with its pixels at the right hand. Each ring has a corner wherever it turns, and none in
 * between. Where two pixels of the component meet at a corner alone, the ring turns right, so that rings do not cross.
 *
 * @param number the component's place, from 1. It should have 4 neighbours, so that it has one outer ring
 */
export function outlineOf(
  { labels }: Components,
  { number, box, width }: { readonly number: number; readonly box: PixelBox; readonly width: number },
): Outline {
  const height = labels.length / width;
  const isInside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && labels[y * width + x] === number;
  // An edge begins at a corner and goes one step; each is followed once.
  const seen = new Set<number>();
  const rings: Ring[] = [];
  for (let y = box.top; y < box.top + box.height; y += 1)
    for (let x = box.left; x < box.left + box.width; x += 1) {
      // The upper edge of a pixel: rings of both kinds have one.
      if (!isInside(x, y) || isInside(x, y - 1) || seen.has(y * (width + 1) + x)) continue;
      rings.push(follow(x, y, { isInside, seen, width }));
    }
  const [outer = [], ...holes] = rings;
  return { outer, holes };
}

interface Edges {
  isInside(x: number, y: number): boolean;
  /** The upper edges that were followed, by the corner at their left. */
  readonly seen: Set<number>;
  readonly width: number;
}

/** The ring that begins with the upper edge of a pixel. */
function follow(startX: number, startY: number, { isInside, seen, width }: Edges): Ring {
  const ring: Corner[] = [];
  let [x, y, direction] = [startX, startY, 0];
  do {
    if (direction === 0) seen.add(y * (width + 1) + x);
    const [dx, dy] = steps[direction] ?? [0, 0];
    x += dx;
    y += dy;
    // The pixels ahead, at the right and at the left hand.
    const [right, left] = ahead(x, y, direction);
    const turned = isInside(...right) ? (isInside(...left) ? (direction + 3) % 4 : direction) : (direction + 1) % 4;
    if (turned !== direction) ring.push([x, y]);
    direction = turned;
  } while (x !== startX || y !== startY || direction !== 0);
  return ring;
}

/** The pixels on both sides of the next edge straight on, from a corner. */
function ahead(x: number, y: number, direction: number): readonly [right: Corner, left: Corner] {
  switch (direction) {
    case 0:
      return [
        [x, y],
        [x, y - 1],
      ];
    case 1:
      return [
        [x - 1, y],
        [x, y],
      ];
    case 2:
      return [
        [x - 1, y - 1],
        [x - 1, y],
      ];
    default:
      return [
        [x, y - 1],
        [x - 1, y - 1],
      ];
  }
}
