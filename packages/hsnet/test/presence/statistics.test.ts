import { ShapeError, fromArray, readSync, reshape, scope, type Engine } from '@hypercorr/tensor';
import type { FeatureMap } from '@hypercorr/vision';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foregroundProbability, hypercorrelation, measureMap, measurePresence, supportMatch } from '../../src/index.ts';
import { pyramidOf } from '../../src/shapes.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';

const maps = fc
  .array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 })
  .map((thousandths) => Float32Array.from(thousandths, (value) => value / 1000));

const mapOf = (...parts: readonly (readonly [count: number, probability: number])[]): Float32Array =>
  Float32Array.from(parts.flatMap(([count, probability]) => Array.from({ length: count }, () => probability)));

describe('measureMap', () => {
  it('gives numbers from 0 to 1 that do not depend on where the object is', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const statistics = measureMap(map);
        for (const value of Object.values(statistics)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-6);
        }
        // The top is no less than the mean within, and that no less than the mean of all.
        expect(statistics.top).toBeGreaterThanOrEqual(statistics.area - 1e-6);
        expect(statistics.inside).toBeGreaterThanOrEqual(statistics.area - 1e-6);
        const turned = measureMap(map.toReversed());
        expect(turned.top).toBeCloseTo(statistics.top, 9);
        expect(turned.inside).toBeCloseTo(statistics.inside, 9);
      }),
    );
  });

  it('is the same for a map of twice the size', () => {
    const map = mapOf([90, 0.1], [10, 0.9]);
    const doubled = Float32Array.from({ length: 200 }, (_, i) => map[Math.floor(i / 2)] ?? 0);
    const [one, two] = [measureMap(map), measureMap(doubled)];
    for (const name of ['top', 'inside', 'area'] as const) expect(two[name]).toBeCloseTo(one[name], 6);
  });

  it('tells a small sure object from a grey map of the same area', () => {
    const [sure, grey] = [measureMap(mapOf([990, 0], [10, 1])), measureMap(mapOf([1000, 0.01]))];
    expect(sure).toEqual({ top: 1, inside: 1, area: 0.01 });
    expect(grey.top).toBeCloseTo(0.01, 6);
    expect(grey.inside).toBeCloseTo(0.01, 6);
    expect(grey.area).toBeCloseTo(0.01, 6);
  });

  it('of an empty object is 0, and of no map an error', () => {
    expect(measureMap(mapOf([20, 0]))).toEqual({ top: 0, inside: 0, area: 0 });
    expect(() => measureMap(new Float32Array())).toThrow(
      new ShapeError('presence', 'the probability map has no places'),
    );
  });
});

describe('measurePresence', () => {
  it('averages the softmax and the matches of the shots', () => {
    // Background before foreground; ln 3 is a probability of ¾.
    const [sure, unsure] = [Float32Array.of(0, 0, Math.log(3), 50), Float32Array.of(0, 0, 0, -50)];
    expect([...foregroundProbability([sure, unsure])].map((p) => Number(p.toFixed(6)))).toEqual([0.625, 0.5]);
    const { top, match } = measurePresence([
      { logits: sure, match: 0.9 },
      { logits: unsure, match: 0.5 },
    ]);
    expect(top).toBeCloseTo(0.625, 6);
    expect(match).toBeCloseTo(0.7, 9);
    expect(measurePresence([{ logits: sure, match: 1 + 1e-7 }]).match).toBe(1);
  });

  it('refuses no shots, and logits of different sizes', () => {
    expect(() => foregroundProbability([])).toThrow(ShapeError);
    expect(() => foregroundProbability([new Float32Array(4), new Float32Array(6)])).toThrow(
      new ShapeError('presence', 'the shots have 4 and 6 logits; give one size'),
    );
  });
});

describe('supportMatch', () => {
  const engine = useEngine('wasm');
  const [channels, side] = [3, 4];

  const mapOfValues = (values: readonly number[], on: Engine): FeatureMap =>
    reshape(fromArray(Float32Array.from(values), [channels * side * side], { engine: on }), [1, channels, side, side]);

  /** Of a level: the mean over the object's places of the best rectified cosine with any place of the query. */
  function plainMatch(query: readonly number[], support: readonly number[]): number {
    const places = side * side;
    const vector = (map: readonly number[], place: number) =>
      Array.from({ length: channels }, (_, c) => map[c * places + place] ?? 0);
    const length = (v: readonly number[]) => Math.hypot(...v);
    const bests = Array.from({ length: places }, (_, s) => vector(support, s))
      .filter((v) => length(v) > 0)
      .map((v) =>
        Math.max(
          ...Array.from({ length: places }, (_, q) => {
            const w = vector(query, q);
            const dot = v.reduce((sum, value, c) => sum + value * (w[c] ?? 0), 0);
            return Math.max(0, dot / ((length(v) + 1e-5) * (length(w) + 1e-5)));
          }),
        ),
      );
    return bests.length === 0 ? 0 : bests.reduce((sum, value) => sum + value, 0) / bests.length;
  }

  const values = fc.array(fc.integer({ min: -4, max: 4 }), {
    minLength: channels * side * side,
    maxLength: channels * side * side,
  });

  it('is the mean best cosine of the object’s places, over the taps of the middle and deep levels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(values, values), { minLength: 4, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: side * side, maxLength: side * side }),
        fc.boolean(),
        (taps, mask, hasBackground) => {
          const masked = taps.map(([query, support]) => ({
            query,
            support: support.map((value, i) => (mask[i % (side * side)] === true ? value : 0)),
            background: support.map((value, i) => (mask[i % (side * side)] === true ? 0 : value)),
          }));
          const found = scope(() => {
            // One tap in the shallow level, which has no part; one in the middle one, and two in the deep one.
            const of = { shallow: masked.slice(0, 1), middle: masked.slice(1, 2), deep: masked.slice(2) };
            const features = (which: 'query' | 'support' | 'background') =>
              pyramidOf((level) => of[level].map((tap) => mapOfValues(tap[which], engine())));
            const [queries, supports] = [features('query'), features('support')];
            const rest = features('background');
            const both = pyramidOf((level) => [...supports[level], ...(hasBackground ? rest[level] : [])]);
            const correlations = pyramidOf((level) =>
              hypercorrelation(hasBackground ? [...queries[level], ...queries[level]] : queries[level], both[level]),
            );
            return readSync(supportMatch(correlations, both, { shallow: 1, middle: 1, deep: 2 }))[0];
          });
          const expected = masked.slice(1).reduce((sum, { query, support }) => sum + plainMatch(query, support), 0) / 3;
          expect(found).toBeCloseTo(expected, 4);
        },
      ),
      { numRuns: 30 },
    );
  });
});
