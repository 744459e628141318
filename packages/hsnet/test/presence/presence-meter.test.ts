import { OptionError, ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PresenceMeter,
  areaUnderCurve,
  fitPresence,
  overallPresence,
  presenceScore,
  type PresencePair,
} from '../../src/index.ts';

const pair = (match: number, present: boolean, marked = true): PresencePair => ({
  statistics: { top: 0.5, inside: 0.5, area: 0.1, match },
  marked,
  present,
});

const pairs = fc.array(
  fc.record({
    classId: fc.constantFrom(2, 5, 9),
    match: fc.integer({ min: 0, max: 1000 }),
    present: fc.boolean(),
    marked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);

function meterOf(all: readonly { classId: number; match: number; present: boolean; marked: boolean }[]): PresenceMeter {
  const meter = new PresenceMeter({ classes: [9, 2, 5] });
  for (const { classId, match, present, marked } of all) meter.add(classId, pair(match / 1000, present, marked));
  return meter;
}

/** How often a score with the class is higher than one without; equal ones count half. */
function plainArea(positives: readonly number[], negatives: readonly number[]): number {
  const wins = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

describe('PresenceMeter', () => {
  it('has the area that all pairs of scores give', () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const { present, absent, auc, truePositives, falsePositives } = meterOf(all).overall();
        const scores = (kind: boolean) =>
          all.filter((each) => each.present === kind).map(({ match }) => Math.min(999, match));
        const [positives, negatives] = [scores(true), scores(false)];
        expect([present, absent]).toEqual([positives.length, negatives.length]);
        if (positives.length > 0 && negatives.length > 0) expect(auc).toBeCloseTo(plainArea(positives, negatives), 9);
        else expect(auc).toBeUndefined();
        // Without a calibration, what is marked is found.
        const rate = (kind: boolean) => {
          const of = all.filter((each) => each.present === kind);
          return of.length === 0 ? undefined : (100 * of.filter(({ marked }) => marked).length) / of.length;
        };
        expect([truePositives, falsePositives]).toEqual([rate(true), rate(false)]);
      }),
    );
  });

  it('has counts that may be added, of several processes', () => {
    fc.assert(
      fc.property(pairs, pairs, (some, others) => {
        const together = meterOf([...some, ...others]);
        const first = meterOf(some);
        const second = meterOf(others);
        expect(overallPresence([first, second])).toEqual(together.overall());
        first.merge(second);
        expect(first.counts).toEqual(together.counts);
        for (const classId of [2, 5, 9]) expect(first.figuresOf(classId)).toEqual(together.figuresOf(classId));
      }),
    );
  });

  it('knows its classes alone', () => {
    const meter = new PresenceMeter({ classes: [1] });
    expect(() => meter.add(3, pair(1, true))).toThrow(
      new ShapeError('PresenceMeter', 'there are no counts for class 3; name all classes'),
    );
    expect(() => meter.merge(new PresenceMeter({ classes: [1, 2] }))).toThrow('the meters count classes 1 and 1,2');
    expect(() => new PresenceMeter({ classes: [1], threshold: 3 } as never)).toThrow(OptionError);
    expect(meter.overall()).toEqual({
      present: 0,
      absent: 0,
      truePositives: undefined,
      falsePositives: undefined,
      auc: undefined,
    });
  });

  it('finds from the threshold of the weights on', () => {
    const all = Array.from({ length: 100 }, (_, i) => pair((i + 0.5) / 100, i >= 40 || i % 4 === 0));
    const on = { data: 'd', classes: ['a'], shots: 1, size: 64, seed: 0 };
    const calibration = fitPresence(all, { keep: 0.8, ...on });
    const meter = new PresenceMeter({ classes: [0], calibration });
    for (const each of all) meter.add(0, each);
    const found = all.filter(({ statistics }) => presenceScore(statistics, calibration) >= calibration.threshold);
    expect(found.length).toBeLessThan(100);
    const { truePositives, falsePositives } = meter.overall();
    expect(truePositives).toBe(80);
    expect(falsePositives).toBe((100 * found.filter(({ present }) => !present).length) / 30);
  });
});

describe('areaUnderCurve', () => {
  it('is 1 where the kinds are separate, ½ where they are alike, and of the other kind the rest', () => {
    const histogram = fc
      .array(fc.nat(20), { minLength: 5, maxLength: 5 })
      .filter((counts) => counts.some((count) => count > 0));
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const [first, second] = [Float64Array.from(a), Float64Array.from(b)];
        expect(areaUnderCurve(first, first)).toBeCloseTo(0.5, 9);
        expect(areaUnderCurve(first, second) + areaUnderCurve(second, first)).toBeCloseTo(1, 9);
      }),
    );
    expect(areaUnderCurve(Float64Array.of(0, 0, 3), Float64Array.of(4, 1, 0))).toBe(1);
  });
});
