import { expect, test } from 'vitest';
import { learningRateAt } from '../src/training/schedule.ts';

const rates = (schedule: 'constant' | 'cosine', warmup: number) =>
  Array.from({ length: 4 }, (_, step) => learningRateAt(step, { schedule, learningRate: 2, warmup, steps: 4 }));

test('the published learning rate stays as it is', () => {
  expect(rates('constant', 0)).toEqual([2, 2, 2, 2]);
});

test('a cosine falls from the full rate towards 0', () => {
  const eighth = Math.SQRT1_2;
  const expected = [2, 1 + eighth, 1, 1 - eighth];
  for (const [step, rate] of rates('cosine', 0).entries()) expect(rate).toBeCloseTo(expected[step] ?? NaN, 12);
});

test('a warm-up rises linearly to the full rate', () => {
  expect(rates('constant', 4)).toEqual([0.5, 1, 1.5, 2]);
  expect(rates('cosine', 2)[0]).toBeCloseTo(1, 12);
});
