import type { Mask } from '@hypercorr/datasets';
import { ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesIn, cleanMask, connectedComponents, maskObjects, type Ring } from '../src/objects/index.ts';

/** A mask from rows of digits; a dot is 0. */
function maskOf(...rows: readonly string[]): Mask {
  const data = Uint8Array.from(rows.join(''), (letter) => (letter === '.' ? 0 : Number(letter)));
  return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

function rowsOf({ width, data }: Mask): string[] {
  const letters = [...data].map((value) => (value === 0 ? '.' : String(value))).join('');
  return letters.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}

const masks = (values: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
    .chain(([width, height]) =>
      fc
        .array(fc.nat(values), { minLength: width * height, maxLength: width * height })
        .map((pixels): Mask => ({ width, height, data: Uint8Array.from(pixels) })),
    );

/** Whether a pixel's centre lies in a ring: an odd number of edges at its right. */
function isInside(ring: Ring, x: number, y: number): boolean {
  let crossings = 0;
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length] ?? [ax, ay];
    if (ay > y === by > y) return;
    if (ax + ((y - ay) / (by - ay)) * (bx - ax) > x) crossings += 1;
  });
  return crossings % 2 === 1;
}

/** Twice the area, positive for a ring that goes clockwise in a picture. */
function turned(ring: Ring): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
}

describe('connected components', () => {
  it('hang together by sides, or by corners too', () => {
    const mask = maskOf('11.1', '..1.', '1..1');
    const count = (neighbours: 4 | 8) => connectedComponents(mask, { neighbours }).components;
    expect(count(4).map(({ area }) => area)).toEqual([2, 1, 1, 1, 1]);
    expect(count(8).map(({ area, box }) => [area, box.left, box.top, box.width, box.height])).toEqual([
      [5, 0, 0, 4, 3],
      [1, 0, 2, 1, 1],
    ]);
  });

  it('are what a flood from each pixel reaches', () => {
    fc.assert(
      fc.property(masks(2), fc.constantFrom(4, 8), (mask, neighbours) => {
        const { labels, components } = connectedComponents(mask, { neighbours });
        const { width, height, data } = mask;
        const reached = new Int32Array(data.length);
        let next = 0;
        for (let start = 0; start < data.length; start += 1) {
          if (data[start] !== 1 || reached[start] !== 0) continue;
          next += 1;
          const open = [start];
          reached[start] = next;
          for (let at = open.pop(); at !== undefined; at = open.pop())
            for (const [dx, dy] of [
              [1, 0],
              [-1, 0],
              [0, 1],
              [0, -1],
              [1, 1],
              [1, -1],
              [-1, 1],
              [-1, -1],
            ] as const) {
              if (neighbours === 4 && dx !== 0 && dy !== 0) continue;
              const x: number = (at % width) + dx;
              const y: number = Math.floor(at / width) + dy;
              const there = y * width + x;
              if (x < 0 || y < 0 || x >= width || y >= height || data[there] !== 1 || reached[there] !== 0) continue;
              reached[there] = next;
              open.push(there);
            }
        }
        expect([...labels]).toEqual([...reached]);
        expect(components).toHaveLength(next);
      }),
    );
  });
});

describe('the objects of a mask', () => {
  it('have an area, a box and an outline with holes', () => {
    const [ring, dot] = maskObjects(maskOf('.2222', '.2..2', '.2222', '1....'));
    expect(ring).toEqual({
      value: 1,
      area: 1,
      box: { left: 0, top: 3, width: 1, height: 1 },
      pixels: Uint8Array.of(1),
      outline: {
        outer: [
          [1, 3],
          [1, 4],
          [0, 4],
          [0, 3],
        ],
        holes: [],
      },
    });
    expect([dot?.value, dot?.area, dot?.box]).toEqual([2, 10, { left: 1, top: 0, width: 4, height: 3 }]);
    expect(dot?.outline.outer).toEqual([
      [5, 0],
      [5, 3],
      [1, 3],
      [1, 0],
    ]);
    expect(dot?.outline.holes.map((hole) => hole.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by))).toEqual([
      [
        [2, 1],
        [2, 2],
        [4, 1],
        [4, 2],
      ],
    ]);
  });

  it('are filled again by their outlines, and no pixel more', () => {
    fc.assert(
      fc.property(masks(2), (mask) => {
        const data = new Uint8Array(mask.data.length);
        for (const { value, area, box, pixels, outline } of maskObjects(mask)) {
          expect(turned(outline.outer)).toBeGreaterThan(0);
          for (const hole of outline.holes) expect(turned(hole)).toBeLessThan(0);
          const all = [outline.outer, ...outline.holes].reduce((sum, ring) => sum + turned(ring) / 2, 0);
          expect(all).toBe(area);
          for (let y = box.top; y < box.top + box.height; y += 1)
            for (let x = box.left; x < box.left + box.width; x += 1) {
              const inside = [outline.outer, ...outline.holes].filter((each) =>
                isInside(each, x + 0.5, y + 0.5),
              ).length;
              expect(pixels[(y - box.top) * box.width + x - box.left]).toBe(inside % 2);
              if (inside % 2 === 1) data[y * mask.width + x] = value;
            }
        }
        expect(rowsOf({ ...mask, data })).toEqual(rowsOf(mask));
      }),
    );
  });

  it('lie in the box of their class', () => {
    expect(boxesIn(maskOf('...3', '1..3', '.1..'), 3)).toEqual([[0, 1, 2, 2], null, [3, 0, 1, 2]]);
  });

  it('have fewer corners with a tolerance, and none is farther away than that', () => {
    const side = 40;
    const data = Uint8Array.from({ length: side * side }, (_, i) =>
      Number(Math.hypot((i % side) - 20, Math.floor(i / side) - 20) < 15),
    );
    const disc = { width: side, height: side, data };
    const corners = (tolerance: number) => maskObjects(disc, { tolerance })[0]?.outline.outer ?? [];
    expect(corners(2).length).toBeLessThan(corners(0).length / 3);
    const away = corners(0).map(([x, y]) =>
      Math.min(
        ...corners(2).map(([ax, ay], i, ring) => {
          const [bx, by] = ring[(i + 1) % ring.length] ?? [ax, ay];
          const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
          const t = Math.min(1, Math.max(0, along));
          return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
        }),
      ),
    );
    expect(Math.max(...away)).toBeLessThanOrEqual(2);
    // A square has no corner to leave out.
    expect(maskObjects(maskOf('11', '11'), { tolerance: 50 })[0]?.outline.outer).toHaveLength(4);
  });
});

describe('a cleaned mask', () => {
  it('has no small objects, no holes, and smooth borders, as asked', () => {
    const mask = maskOf('111.2', '1.1..', '111.2', '.....', '3....');
    expect(rowsOf(cleanMask(mask, { minArea: 2 }))).toEqual(['111..', '1.1..', '111..', '.....', '.....']);
    expect(rowsOf(cleanMask(mask, { fillHoles: true }))).toEqual(['111.2', '111..', '111.2', '.....', '3....']);
    expect(rowsOf(cleanMask(mask, { fillHoles: true, minArea: 9 }))).toEqual([
      '111..',
      '111..',
      '111..',
      '.....',
      '.....',
    ]);
    const spiked = maskOf('........', '.....1..', '11111111', '11111111', '11111111', '........');
    expect(rowsOf(cleanMask(spiked, { smooth: 1 }))).toEqual([
      '........',
      '........',
      '11111111',
      '11111111',
      '11111111',
      '........',
    ]);
  });

  it('takes no pixel from another class, and is itself where nothing is asked', () => {
    const nested = maskOf('1111', '1221', '1221', '1111');
    expect(rowsOf(cleanMask(nested, { fillHoles: true, smooth: 0 }))).toEqual(rowsOf(nested));
    expect(cleanMask(nested, {})).toBe(nested);
    fc.assert(
      fc.property(masks(3), fc.nat(2), fc.boolean(), fc.nat(6), (mask, smooth, fillHoles, minArea) => {
        const cleaned = cleanMask(mask, { smooth, fillHoles, minArea });
        cleaned.data.forEach((value, i) => {
          const before = mask.data[i] ?? 0;
          if (before !== 0) expect([0, before]).toContain(value);
        });
        if (!fillHoles || minArea < 2) return;
        for (const value of new Set(cleaned.data))
          if (value !== 0 && smooth === 0 && !mask.data.some((each) => each > value || (each > 0 && each < value)))
            for (const { area } of connectedComponents(cleaned, { value, neighbours: 8 }).components)
              expect(area).toBeGreaterThanOrEqual(minArea);
      }),
    );
  });

  it('needs whole numbers of pixels', () => {
    expect(() => cleanMask(maskOf('1'), { minArea: -1 })).toThrow(ShapeError);
    expect(() => cleanMask(maskOf('1'), { smooth: 1.5 })).toThrow('smooth is a whole number of pixels from 0; got 1.5');
    expect(() => cleanMask(maskOf('1'), { area: 3 } as object)).toThrow('there is no option area');
  });
});
