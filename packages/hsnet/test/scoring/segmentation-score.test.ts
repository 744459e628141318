import { ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SegmentationScore, episodeIou } from '../../src/index.ts';

/** A prediction and its truth, of equally many pixels, void ones among them. */
const labelled = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1, 255)), { minLength: 1, maxLength: 40 })
  .map((pixels) => ({ prediction: pixels.map(([said]) => said), truth: pixels.map(([, is]) => is) }));
const episodes = fc.array(fc.record({ classId: fc.integer({ min: 0, max: 3 }), labels: labelled }), {
  minLength: 1,
  maxLength: 12,
});

function scoreOf(
  list: readonly { classId: number; labels: { prediction: number[]; truth: number[] } }[],
): SegmentationScore {
  const score = new SegmentationScore();
  for (const { classId, labels } of list) score.add(classId, labels.prediction, labels.truth);
  return score;
}

/** Pixels at which `holds`, over a list of episodes. */
function pixels(
  list: readonly { labels: { prediction: number[]; truth: number[] } }[],
  holds: (said: number, is: number) => boolean,
): number {
  return list.reduce(
    (total, { labels: { prediction, truth } }) =>
      total + truth.filter((is, i) => is !== 255 && holds(prediction[i] ?? NaN, is)).length,
    0,
  );
}

describe('mIoU', () => {
  test('sums pixels over the episodes of a class, divides, and averages over classes', () => {
    const score = new SegmentationScore();
    // Class 7: foreground shared 1 + 1, of either 2 + 3; class 2: 2 of 2.
    score.add(7, [1, 1, 0, 0], [1, 0, 0, 0]);
    score.add(7, [0, 1, 0, 1], [1, 1, 0, 0]);
    score.add(2, Uint8Array.of(1, 1, 0), Uint8Array.of(1, 1, 0));
    expect(score.classes()).toEqual([
      { id: 2, iou: 100, intersection: 2, union: 2, episodes: 1 },
      { id: 7, iou: 40, intersection: 2, union: 5, episodes: 2 },
    ]);
    expect(score.miou).toBe(70);
    // Background shared 2 + 1 + 1, of either 3 + 3 + 1; foreground 4 of 7.
    expect(score.fbIou).toBeCloseTo((100 * (4 / 7 + 4 / 7)) / 2, 10);
    expect(score.toJSON()).toEqual({ miou: 70, fb_iou: score.fbIou, episodes: 3, classes: score.classes() });
  });

  test('is what counting sets of pixels gives', () => {
    fc.assert(
      fc.property(episodes, (list) => {
        const ids = [...new Set(list.map(({ classId }) => classId))];
        const iou = (some: typeof list, label: number) => {
          const shared = pixels(some, (said, is) => said === label && is === label);
          const either = pixels(some, (said, is) => said === label || is === label);
          return either === 0 ? 0 : (100 * shared) / either;
        };
        const perClass = ids.map((id) =>
          iou(
            list.filter(({ classId }) => classId === id),
            1,
          ),
        );
        const score = scoreOf(list);
        expect(score.miou).toBeCloseTo(perClass.reduce((a, b) => a + b, 0) / ids.length, 9);
        expect(score.fbIou).toBeCloseTo((iou(list, 0) + iou(list, 1)) / 2, 9);
        expect(score.episodes).toBe(list.length);
      }),
    );
  });

  test('does not depend on how episodes are spread over scores that are merged', () => {
    fc.assert(
      fc.property(episodes, episodes, (a, b) => {
        const merged = scoreOf(a);
        merged.merge(scoreOf(b));
        expect(merged.toJSON()).toEqual(scoreOf([...a, ...b]).toJSON());
      }),
    );
  });

  test('of nothing is 0', () => {
    expect(new SegmentationScore().toJSON()).toEqual({ miou: 0, fb_iou: 0, episodes: 0, classes: [] });
  });
});

test('void pixels count for nothing, whatever was predicted there', () => {
  fc.assert(
    fc.property(labelled, fc.array(fc.constantFrom(0, 1), { maxLength: 10 }), ({ prediction, truth }, extra) => {
      const plain = scoreOf([{ classId: 0, labels: { prediction, truth } }]);
      const padded = { prediction: [...prediction, ...extra], truth: [...truth, ...extra.map(() => 255)] };
      expect(scoreOf([{ classId: 0, labels: padded }]).toJSON()).toEqual(plain.toJSON());
    }),
  );
});

test('a single prediction without foreground is perfect where there is none', () => {
  expect(episodeIou([0, 0], [0, 255])).toBe(100);
  expect(episodeIou([1, 0], [0, 0])).toBe(0);
  expect(episodeIou([1, 1], [1, 0])).toBe(50);
});

test('a prediction of another size is an error', () => {
  const score = new SegmentationScore();
  expect(() => score.add(0, [1], [1, 0])).toThrow(ShapeError);
  expect(() => score.add(0, [1], [1, 0])).toThrow('[SegmentationScore] the prediction has 1 pixels, the truth 2');
  expect(score.episodes).toBe(0);
});
