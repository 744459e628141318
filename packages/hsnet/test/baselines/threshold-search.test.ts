import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ThresholdSearch } from '../../src/baselines/threshold-search.ts';
import { SegmentationScore } from '../../src/index.ts';

/** Scores in the middle of the search's thousand bins, so that no threshold falls between a score and its bin. */
const score = fc.integer({ min: 0, max: 999 }).map((bin) => Math.fround((bin + 0.5) / 1000));
const pixel = fc.record({ score, truth: fc.constantFrom(0, 1, 255) });
const episode = fc.record({
  classId: fc.integer({ min: 0, max: 2 }),
  pixels: fc.array(pixel, { minLength: 1, maxLength: 12 }),
});

describe('ThresholdSearch', () => {
  test('finds what trying every threshold on the maps themselves finds', () => {
    fc.assert(
      fc.property(fc.array(episode, { minLength: 1, maxLength: 6 }), (episodes) => {
        const search = new ThresholdSearch(0, 1);
        for (const { classId, pixels } of episodes) {
          search.add(
            'only',
            classId,
            Float32Array.from(pixels, (p) => p.score),
            Uint8Array.from(pixels, (p) => p.truth),
          );
        }
        const scoreAt = (threshold: number): SegmentationScore => {
          const total = new SegmentationScore();
          for (const { classId, pixels } of episodes) {
            total.add(
              classId,
              pixels.map((p) => Number(p.score >= threshold)),
              pixels.map((p) => p.truth),
            );
          }
          return total;
        };
        const candidates = Array.from({ length: 1000 }, (_, bin) => scoreAt(bin / 1000).miou);
        const best = search.best();
        expect(best?.score.miou).toBeCloseTo(Math.max(...candidates), 9);
        expect(best?.score.toJSON()).toEqual(scoreAt(best?.threshold ?? 0).toJSON());
      }),
    );
  });

  test('chooses among the variants', () => {
    const search = new ThresholdSearch(-1, 1);
    const truth = Uint8Array.of(0, 1, 1, 0);
    search.add('reversed', 7, Float32Array.of(0.9, -0.9, -0.8, 0.8), truth);
    search.add('right', 7, Float32Array.of(-0.9, 0.9, 0.5, -0.8), truth);
    expect(search.best()).toMatchObject({ variant: 'right' });
    expect(search.best()?.score.miou).toBe(100);
    expect(search.best()?.threshold).toBeGreaterThan(Math.fround(-0.8));
    expect(search.best()?.threshold).toBeLessThanOrEqual(0.5);
  });

  test('has no best of nothing', () => {
    expect(new ThresholdSearch(0, 1).best()).toBeUndefined();
  });
});
