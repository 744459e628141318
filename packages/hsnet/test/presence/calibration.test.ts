import { FormatError, ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fitPresence,
  formatPresence,
  parsePresence,
  presenceKey,
  presenceOf,
  presenceScore,
  type PresenceCalibration,
  type PresencePair,
} from '../../src/index.ts';

const on = { data: 'birds/validation', classes: ['owl', 'wren'], shots: 1, size: 256, seed: 3 };

const share = fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000);
const pair: fc.Arbitrary<PresencePair> = fc.record({
  statistics: fc.record({ top: share, inside: share, area: share, match: share }),
  marked: fc.boolean(),
  present: fc.boolean(),
});
const pairs = fc
  .array(pair, { minLength: 4, maxLength: 60 })
  .filter((all) => new Set(all.map(({ present }) => present)).size === 2);

describe('fitPresence', () => {
  it('gives scores from 0 to 1, and the highest threshold that keeps the share', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0.5, 0.9, 1), (all, keep) => {
        const calibration = fitPresence(all, { keep, ...on });
        const seen = all.map((each) => ({ ...each, ...presenceOf(each, calibration) }));
        for (const { score } of seen) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
        const present = seen.filter((each) => each.present);
        const needed = Math.ceil(keep * present.length);
        const found = present.filter((each) => each.found);
        if (present.filter(({ marked }) => marked).length < needed) {
          expect(calibration.threshold).toBe(0);
        } else {
          expect(found.length).toBeGreaterThanOrEqual(needed);
          expect(found.filter(({ score }) => score > calibration.threshold).length).toBeLessThan(needed);
        }
        expect(calibration.on).toEqual({ ...on, present: present.length, absent: all.length - present.length });
      }),
    );
  });

  it('gives pairs with the class higher scores, where a statistic tells them', () => {
    const all = Array.from({ length: 80 }, (_, i) => ({
      statistics: { top: 0.5, inside: 0.5, area: 0.1, match: i % 2 === 0 ? 0.8 + i / 800 : 0.6 + i / 800 },
      marked: true,
      present: i % 2 === 0,
    }));
    const calibration = fitPresence(all, { keep: 0.9, ...on });
    const scores = (kind: boolean) =>
      all.filter(({ present }) => present === kind).map(({ statistics }) => presenceScore(statistics, calibration));
    expect(Math.min(...scores(true))).toBeGreaterThan(0.5);
    expect(Math.max(...scores(false))).toBeLessThan(0.5);
  });

  it('needs pairs of both kinds, and a share', () => {
    const one = { statistics: { top: 1, inside: 1, area: 1, match: 1 }, marked: true, present: true };
    const two = [one, { ...one, present: false }];
    expect(() => fitPresence([one, one], { keep: 0.9, ...on })).toThrow(ShapeError);
    for (const keep of [0, 1.1, NaN])
      expect(() => fitPresence(two, { keep, ...on })).toThrow('the share to keep is above 0 and at most 1');
  });
});

const calibration: PresenceCalibration = {
  intercept: -1.25,
  coefficients: { top: 0.5, inside: 1 / 3, area: -0.1, match: 4 },
  threshold: 0.375,
  on: { ...on, present: 160, absent: 150 },
};

describe('a calibration among the texts of a file', () => {
  const written = formatPresence(calibration);
  const json = JSON.parse(written) as Record<string, unknown>;
  const read = (text: string) => parsePresence({ [presenceKey]: text });

  it('is read as it was written, to the bit; a file without one has none', () => {
    expect(read(written)).toEqual(calibration);
    expect(parsePresence({})).toBeUndefined();
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          const other = { ...calibration, intercept: a === 0 ? 0 : a, threshold: b === 0 ? 0 : b };
          expect(read(formatPresence(other))).toEqual(other);
        },
      ),
    );
  });

  it.each([
    ['no JSON', 'the calibration is no JSON: no JSON'],
    ['[1]', 'the calibration is [1], and should be an object'],
    [JSON.stringify({ ...json, intercept: '1' }), 'intercept is "1", and should be a number'],
    [JSON.stringify({ ...json, threshold: 2 }), 'threshold is 2, and should be a number from 0 to 1'],
    [JSON.stringify({ ...json, coefficients: { top: 1 } }), 'inside is undefined, and should be a number'],
    [
      JSON.stringify({ ...json, coefficients: { ...calibration.coefficients, later: 1 } }),
      'later is no statistic that this version knows',
    ],
    [
      JSON.stringify({ ...json, on: { ...calibration.on, shots: 0 } }),
      'shots is 0, and should be a whole number from 1',
    ],
  ])('is refused where it is wrong: %s', (text, message) => {
    expect(() => read(text)).toThrow(FormatError);
    expect(() => read(text)).toThrow(message);
  });
});

describe('presenceOf', () => {
  const statistics = { top: 0.9, inside: 0.8, area: 0.2, match: 0.7 };

  it('of weights that are not calibrated finds whatever is marked; the score is the match', () => {
    expect(presenceOf({ statistics, marked: true }, undefined)).toEqual({ score: 0.7, found: true });
    expect(presenceOf({ statistics, marked: false }, undefined)).toEqual({ score: 0.7, found: false });
  });

  it('of others needs the threshold, or the least score that is asked for', () => {
    const score = presenceScore(statistics, calibration);
    const at = (threshold: number, asked?: number, marked = true) =>
      presenceOf({ statistics, marked }, { ...calibration, threshold }, asked).found;
    expect([at(score), at(score + 1e-9), at(1, 0), at(0, score + 1e-9), at(0, 0, false)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });
});
