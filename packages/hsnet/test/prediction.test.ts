import { fromArray, readSync, resizeBilinear, scope, zeros, type Engine } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combineShots, indexMask, type Segmentation, type VoteRule } from '../src/prediction.ts';
import { useEngine } from '../../vision/test/support/engines.ts';

const engine = useEngine('reference');
const [height, width] = [3, 4];
const pixels = height * width;

/** Logits of background and foreground, ties among them. */
const shotLogits = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2 * pixels, maxLength: 2 * pixels });
const shotsOfLogits = fc.array(shotLogits, { minLength: 1, maxLength: 5 });

const segmentationOf = (on: Engine, shots: readonly (readonly number[])[]): Segmentation =>
  combineShots(
    shots.map((logits) => fromArray(Float32Array.from(logits), [1, 2, height, width], { engine: on })),
    [height, width],
  );

describe('the prediction of K shots', () => {
  test('is the published vote, and the mean foreground probability', () => {
    fc.assert(
      fc.property(shotsOfLogits, (shots) => {
        const votes = Array.from(
          { length: pixels },
          (_, i) => shots.filter((logits) => (logits[pixels + i] ?? NaN) > (logits[i] ?? NaN)).length,
        );
        const most = Math.max(1, ...votes);
        const foreground = (logits: readonly number[], i: number) =>
          1 / (1 + Math.exp((logits[i] ?? NaN) - (logits[pixels + i] ?? NaN)));
        scope(() => {
          const found = segmentationOf(engine(), shots);
          for (const { shape } of Object.values(found)) expect(shape).toEqual([height, width]);
          expect(Array.from(readSync(found.votes))).toEqual(votes);
          expect(Array.from(readSync(found.mask))).toEqual(votes.map((count) => Number(count / most >= 0.5)));
          for (const [i, probability] of readSync(found.probability).entries()) {
            const mean = shots.reduce((total, logits) => total + foreground(logits, i), 0) / shots.length;
            // Both are rounded to float32.
            expect(probability).toBeCloseTo(mean, 6);
          }
        });
      }),
    );
  });

  test('by the other rules is the majority of the shots, or a mean probability above a half', () => {
    fc.assert(
      fc.property(shotsOfLogits, (shots) => {
        scope(() => {
          const maps = shots.map((logits) =>
            fromArray(Float32Array.from(logits), [1, 2, height, width], { engine: engine() }),
          );
          const byRule = (vote: VoteRule) => combineShots(maps, [height, width], vote);
          const votes = readSync(byRule('majority').votes);
          expect(Array.from(readSync(byRule('majority').mask))).toEqual(
            Array.from(votes, (count) => Number(2 * count >= shots.length)),
          );
          const { mask, probability } = byRule('probability');
          expect(Array.from(readSync(mask))).toEqual(Array.from(readSync(probability), (p) => Number(p > 0.5)));
          if (shots.length > 1) return;
          const [published, majority] = [readSync(byRule('published').mask), readSync(byRule('majority').mask)];
          expect(majority).toEqual(published);
          expect(readSync(mask)).toEqual(published);
        });
      }),
    );
  });

  test('does not depend on the order of the shots, nor on giving all of them twice', () => {
    fc.assert(
      fc.property(shotsOfLogits, (shots) => {
        scope(() => {
          const mask = (list: typeof shots) => readSync(segmentationOf(engine(), list).mask);
          expect(mask(shots.toReversed())).toEqual(mask(shots));
          expect(mask([...shots, ...shots])).toEqual(mask(shots));
        });
      }),
    );
  });

  test('at another size is the vote of logits resized to it, not of a smaller mask', () => {
    fc.assert(
      fc.property(shotsOfLogits, (shots) => {
        scope(() => {
          const size = [7, 5] as const;
          const maps = shots.map((logits) =>
            fromArray(Float32Array.from(logits), [1, 2, height, width], { engine: engine() }),
          );
          const resized = maps.map((map) => resizeBilinear(map, size, { alignCorners: true }));
          const [found, expected] = [combineShots(maps, size), combineShots(resized, size)];
          for (const part of ['votes', 'mask', 'probability'] as const)
            expect(readSync(found[part])).toEqual(readSync(expected[part]));
        });
      }),
    );
  });

  test('holds a few planes of its size at one time, however many the shots', () => {
    const size = [80, 60] as const;
    const plane = 4 * size[0] * size[1];
    const peak = (shots: number) =>
      scope(() => {
        const maps = Array.from({ length: shots }, () => zeros([1, 2, height, width], { engine: engine() }));
        engine().resetPeak();
        const before = engine().memory().bytes;
        combineShots(maps, size);
        return engine().memory().peakBytes - before;
      });
    expect(peak(7)).toBe(peak(2));
    // The sums before and after, two planes of logits, two of their softmax, and the foreground's.
    expect(peak(7)).toBeLessThanOrEqual(9 * plane);
  });

  test('of no shot is an error', () => {
    expect(() => combineShots([], [height, width])).toThrow('[combineShots] there is no shot');
  });

  test('of one shot is its argmax, background on a tie', () => {
    scope(() => {
      const tie = new Array<number>(2 * pixels).fill(1);
      expect(readSync(segmentationOf(engine(), [tie]).mask)).toEqual(new Uint8Array(pixels));
      expect(readSync(segmentationOf(engine(), [tie.with(pixels + 2, 1.5)]).mask)).toEqual(
        new Uint8Array(pixels).fill(1, 2, 3),
      );
    });
  });
});

describe('several classes', () => {
  test('share the pixels by probability, among masks that have the pixel', () => {
    fc.assert(
      fc.property(fc.array(shotsOfLogits, { minLength: 1, maxLength: 4 }), (classes) => {
        scope(() => {
          const found = classes.map((shots) => segmentationOf(engine(), shots));
          const [masks, probabilities] = [
            found.map(({ mask }) => readSync(mask)),
            found.map(({ probability }) => readSync(probability)),
          ];
          const index = readSync(indexMask(found));
          for (let i = 0; i < pixels; i += 1) {
            const best = masks.reduce(
              (winner, mask, c) =>
                mask[i] === 1 && (winner < 0 || (probabilities[c]?.[i] ?? NaN) > (probabilities[winner]?.[i] ?? NaN))
                  ? c
                  : winner,
              -1,
            );
            expect(index[i]).toBe(best + 1);
          }
        });
      }),
    );
  });

  test('are at least one', () => {
    expect(() => indexMask([])).toThrow('[segmentClasses] there is no class');
  });
});
