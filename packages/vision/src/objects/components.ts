import type { Mask } from '@hypercorr/datasets';
import { UnionFind } from './union-find.ts';

/** A rectangle of pixels. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels that hang together. */
export interface Component {
  /** How many pixels it has. */
  readonly area: number;
  readonly box: PixelBox;
}

/** The connected components of a mask. */
export interface Components {
  /** For each pixel, the place of its component, from 1; 0 for pixels of other values. */
  readonly labels: Int32Array;
  /** By the place of their first pixels, row by row from the top. */
  readonly components: readonly Component[];
}

/**
 * Finds the pixels of a value that hang together: side by side, or with 8 neighbours also corner to corner (Rosenfeld and
 * Pfaltz, *Sequential operations in digital picture processing*, 1966).
 *
 * @param value of the mask; 1 if absent
 */
export function connectedComponents(
  { width, height, data }: Mask,
  { value = 1, neighbours = 4 }: { readonly value?: number; readonly neighbours?: 4 | 8 } = {},
): Components {
  const labels = new Int32Array(data.length);
  const sets = new UnionFind();
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (data[at] !== value) continue;
      const left = x > 0 ? (labels[at - 1] ?? 0) : 0;
      const above = y > 0 ? (labels[at - width] ?? 0) : 0;
      const corners =
        neighbours === 8 && y > 0
          ? [x > 0 ? (labels[at - width - 1] ?? 0) : 0, x + 1 < width ? (labels[at - width + 1] ?? 0) : 0]
          : [];
      let label = 0;
      for (const neighbour of [left, above, ...corners])
        if (neighbour > 0) label = label === 0 ? neighbour : sets.join(label, neighbour);
      labels[at] = label === 0 ? sets.add() : label;
    }
  }
  return numbered(labels, sets, width);
}

/** Gives each set of provisional labels one number, in the order of their first pixels, and measures it. */
function numbered(labels: Int32Array, sets: UnionFind, width: number): Components {
  const numberOf = new Map<number, number>();
  const bounds: { area: number; left: number; top: number; right: number; bottom: number }[] = [];
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at] ?? 0;
    if (label === 0) continue;
    const root = sets.find(label);
    const number = numberOf.get(root) ?? numberOf.size + 1;
    numberOf.set(root, number);
    labels[at] = number;
    const [x, y] = [at % width, Math.floor(at / width)];
    const known = (bounds[number - 1] ??= { area: 0, left: x, top: y, right: x, bottom: y });
    known.area += 1;
    known.left = Math.min(known.left, x);
    known.right = Math.max(known.right, x);
    known.bottom = y;
  }
  const components = bounds.map(({ area, left, top, right, bottom }) => ({
    area,
    box: { left, top, width: right - left + 1, height: bottom - top + 1 },
  }));
  return { labels, components };
}
