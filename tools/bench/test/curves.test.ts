import { describe, expect, test } from 'vitest';
import { curvesSvg, type CurvePoint } from '../src/curves-svg.ts';

/** Times that grow as the work does: 20 G multiply-adds a second and thread. */
function point(curve: CurvePoint['curve'], size: number, shots: number, threads: number): CurvePoint {
  const multiplyAdds = shots * size ** 2 * 1e5;
  return {
    curve,
    size,
    shots,
    threads,
    median_ms: multiplyAdds / (2e7 * threads),
    multiply_adds: multiplyAdds,
    peak_rss_mb: 500,
  };
}

const points = [1, 2].flatMap((threads) => [
  ...[200, 400, 800].map((size) => point('size', size, 1, threads)),
  ...[1, 5, 10].map((shots) => point('shots', 400, shots, threads)),
]);

type Place = readonly [x: number, y: number];

/** The places of each line of a kind, panel after panel; that of the legend is left out. */
function linesOf(svg: string, kind: string): Place[][] {
  const found = [...svg.matchAll(new RegExp(`class="${kind}"><polyline points="([^"]*)"`, 'g'))].map(
    ([, places = '']) =>
      places.split(' ').map((place): Place => {
        const [x = NaN, y = NaN] = place.split(',').map(Number);
        return [x, y];
      }),
  );
  return found.filter((places) => places.length > 2);
}

describe('the curves', () => {
  const svg = curvesSvg(points, 'a < b & c');

  test('work that times grow with lies on the line of one thread, in both panels', () => {
    expect(linesOf(svg, 'work')).toHaveLength(2);
    expect(linesOf(svg, 'work')).toEqual(linesOf(svg, 'threads-1'));
  });

  test('twice as many threads lie below by one distance where the axis is logarithmic', () => {
    const [one = [], two = []] = [linesOf(svg, 'threads-1')[0], linesOf(svg, 'threads-2')[0]];
    const distances = one.map(([, y], i) => (two[i]?.[1] ?? NaN) - y);
    expect(distances[0]).toBeGreaterThan(5);
    for (const distance of distances) expect(distance).toBeCloseTo(distances[0] ?? NaN, 0);
  });

  test('work that outgrows the times stays below the titles', () => {
    const faster = points.map((each) => ({ ...each, median_ms: Math.sqrt(each.median_ms) }));
    const drawn = linesOf(curvesSvg(faster, ''), 'work').flat();
    expect(drawn).toHaveLength(6);
    for (const [, y] of drawn) expect(y).toBeGreaterThanOrEqual(64);
  });

  test('sizes and shots stand below their places', () => {
    const [first = []] = linesOf(svg, 'work');
    expect(svg).toContain(`<text x="${first[0]?.[0]}" y="348" text-anchor="middle">200</text>`);
    expect(svg).toContain(`<text x="${first[2]?.[0]}" y="348" text-anchor="middle">800</text>`);
  });

  test('a caption is text', () => {
    expect(svg).toContain('a &lt; b &amp; c</text>');
  });
});
