import type { Corner, Outline, Ring } from './outline.ts';

/**
 * Leaves out corners so that no corner is further from the new ring than a tolerance (Douglas and Peucker, 1973). A ring that
 * would keep fewer than three corners stays as it is.
 *
 * @param tolerance in pixels, from 0
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  const [first] = ring;
  if (tolerance <= 0 || first === undefined || ring.length < 4) return ring;
  // A ring has no ends: it is cut at its first corner and at the one farthest from it.
  const far = ring.reduce(
    (best, corner, i) => (distance(corner, first) > distance(ring[best] ?? first, first) ? i : best),
    0,
  );
  const halves = [ring.slice(0, far + 1), [...ring.slice(far), first]];
  const kept = halves.flatMap((half) => simplifyLine(half, tolerance).slice(0, -1));
  return kept.length < 3 ? ring : kept;
}

/** As `simplifyRing`, for each ring of an outline. */
export function simplifyOutline({ outer, holes }: Outline, tolerance: number): Outline {
  return { outer: simplifyRing(outer, tolerance), holes: holes.map((hole) => simplifyRing(hole, tolerance)) };
}

function simplifyLine(line: readonly Corner[], tolerance: number): readonly Corner[] {
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined || line.length < 3) return line;
  const keep = new Set([0, line.length - 1]);
  const open: (readonly [number, number])[] = [[0, line.length - 1]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part;
    const [a, b] = [line[from] ?? first, line[to] ?? last];
    let [farthest, most] = [-1, tolerance];
    for (let i = from + 1; i < to; i += 1) {
      const away = distanceToSegment(line[i] ?? a, a, b);
      if (away > most) [farthest, most] = [i, away];
    }
    if (farthest < 0) continue;
    keep.add(farthest);
    open.push([from, farthest], [farthest, to]);
  }
  return line.filter((_, i) => keep.has(i));
}

function distance([ax, ay]: Corner, [bx, by]: Corner): number {
  return Math.hypot(ax - bx, ay - by);
}

function distanceToSegment([px, py]: Corner, [ax, ay]: Corner, [bx, by]: Corner): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length2));
  return Math.hypot(px - ax - along * dx, py - ay - along * dy);
}
