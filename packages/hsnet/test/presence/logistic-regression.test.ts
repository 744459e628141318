import { ShapeError, key, uniformNumbers } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLogistic, type LabelledRow } from '../../src/presence/logistic-regression.ts';

/** Rows of two features whose kind is drawn with the log-odds 0.5 + 2a − 3b. */
function drawnRows(count: number, seed = 0): LabelledRow[] {
  const numbers = uniformNumbers(key(seed), 3 * count);
  return Array.from({ length: count }, (_, i) => {
    const [a, b, draw] = [0, 1, 2].map((n) => numbers[3 * i + n] ?? 0) as [number, number, number];
    return { features: [a, b], positive: draw < 1 / (1 + Math.exp(-(0.5 + 2 * a - 3 * b))) };
  });
}

const rows = fc
  .array(
    fc.record({
      features: fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 9 })),
      positive: fc.boolean(),
    }),
    {
      minLength: 4,
      maxLength: 40,
    },
  )
  .filter((all) => new Set(all.map(({ positive }) => positive)).size === 2);

const oddsOf = ({ intercept, coefficients }: ReturnType<typeof fitLogistic>, features: readonly number[]): number =>
  coefficients.reduce((sum, value, i) => sum + value * (features[i] ?? 0), intercept);

describe('fitLogistic', () => {
  it('finds the coefficients that rows were drawn with', () => {
    const { coefficients } = fitLogistic(drawnRows(20_000));
    // Three deviations of an estimate from so many rows: 0.07 each.
    expect(Math.abs((coefficients[0] ?? 0) - 2)).toBeLessThan(0.2);
    expect(Math.abs((coefficients[1] ?? 0) + 3)).toBeLessThan(0.2);
  });

  it('has no gradient left, but for the ridge', () => {
    const all = drawnRows(300, 4);
    const model = fitLogistic(all);
    const positives = all.filter(({ positive }) => positive).length;
    const residual = (feature: (row: LabelledRow) => number): number =>
      all.reduce((sum, row) => {
        const weight = all.length / (2 * (row.positive ? positives : all.length - positives));
        return sum + weight * (Number(row.positive) - 1 / (1 + Math.exp(-oddsOf(model, row.features)))) * feature(row);
      }, 0);
    // The intercept is free.
    expect(Math.abs(residual(() => 1))).toBeLessThan(1e-8);
    for (const [i, coefficient] of model.coefficients.entries()) {
      const values = all.map(({ features }) => features[i] ?? 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(residual(({ features }) => features[i] ?? 0)).toBeCloseTo(coefficient * variance, 6);
    }
  });

  it('does not depend on the scale of a feature, nor on how often rows are of a kind', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.01, max: 100, noNaN: true }), (all, scale) => {
        const scaled = all.map(({ features: [a, b], positive }) => ({ features: [a * scale + 3, b], positive }));
        const [model, other] = [fitLogistic(all), fitLogistic(scaled)];
        for (const [i, { features }] of all.entries())
          expect(oddsOf(other, scaled[i]?.features ?? [])).toBeCloseTo(oddsOf(model, features), 5);
      }),
    );
    const few = drawnRows(200, 1);
    const [positives, negatives] = [few.filter((row) => row.positive), few.filter((row) => !row.positive)];
    const centre = (all: readonly LabelledRow[]) => fitLogistic(all).intercept;
    const doubled = centre([...positives, ...positives, ...negatives]);
    expect(Math.abs(doubled - centre(few))).toBeLessThan(0.15);
  });

  it('stays finite where the kinds are separate, and where a feature says nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), (p, n) => {
        const all = [
          ...Array.from({ length: p }, (_, i) => ({ features: [1 + i, 7], positive: true })),
          ...Array.from({ length: n }, (_, i) => ({ features: [-1 - i, 7], positive: false })),
        ];
        const { intercept, coefficients } = fitLogistic(all);
        expect([intercept, ...coefficients].every(Number.isFinite)).toBe(true);
        expect(coefficients[0]).toBeGreaterThan(0);
        expect(coefficients[1]).toBe(0);
      }),
    );
  });

  it('refuses rows of one kind, of different lengths, and with features that are no numbers', () => {
    const row = { features: [1], positive: true };
    expect(() => fitLogistic([row, row])).toThrow(
      new ShapeError('fitLogistic', 'rows of both kinds are needed; got 2 and 0'),
    );
    expect(() => fitLogistic([row, { features: [1, 2], positive: false }])).toThrow(
      'each row needs 1 finite features; got 1, 2',
    );
    expect(() => fitLogistic([row, { features: [NaN], positive: false }])).toThrow(ShapeError);
    expect(() => fitLogistic([])).toThrow(ShapeError);
  });
});
