import type { Corner, Outline, Ring } from '@hypercorr/vision/objects';
import type { FormatSettings, ResultFormat } from './format.ts';

/**
 * `NAME.txt`: Ultralytics YOLO's segments, a line for each object: the class's number from 0, and the outline as shares of the
 * picture's width and height. `data.yaml` has the names of the classes. A hole is joined to the outline by a cut of no width,
 * as Ultralytics' own converter of COCO does.
 */
export function yoloFormat({ classes }: FormatSettings): ResultFormat {
  return {
    query({ name, objects, found: { width, height } }) {
      const lines = objects.map(({ value, outline }) => {
        const corners = withCuts(outline).flatMap(([x, y]) => [share(x, width), share(y, height)]);
        return [value - 1, ...corners].join(' ');
      });
      return [{ name: `${name}.txt`, content: lines.map((line) => `${line}\n`).join('') }];
    },
    end: () => [
      {
        name: 'data.yaml',
        // JSON is YAML, and quotes any name.
        content: `names:\n${classes.map((each, i) => `  ${i}: ${JSON.stringify(each)}\n`).join('')}`,
      },
    ],
  };
}

function share(place: number, side: number): number {
  return Number((place / side).toFixed(6));
}

/** One ring for an outline with holes. */
function withCuts({ outer, holes }: Outline): Ring {
  return holes.reduce((ring, hole) => {
    const [at, from] = nearest(ring, hole);
    // There and back again along the same line.
    const around = [...hole.slice(from), ...hole.slice(0, from + 1)];
    return [...ring.slice(0, at + 1), ...around, ...ring.slice(at)];
  }, outer);
}

/** The places of the two corners that are nearest to each other. */
function nearest(a: Ring, b: Ring): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let least = Infinity;
  const distance = ([ax, ay]: Corner, [bx, by]: Corner): number => (ax - bx) ** 2 + (ay - by) ** 2;
  for (const [i, corner] of a.entries())
    for (const [j, other] of b.entries())
      if (distance(corner, other) < least) [best, least] = [[i, j], distance(corner, other)];
  return best;
}
