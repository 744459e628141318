import { expect, test } from 'vitest';
import { UsageError } from '../src/cli/failure.ts';
import { endsWithTraining, scheduleFor, schedules } from '../src/cli/schedule.ts';

const rates = (schedule: 'constant' | 'cosine' | 'poly', warmup: number) =>
  [0, 1, 2, 3].map(scheduleFor({ schedule, learningRate: 2, warmup }, 4));

test('the published learning rate stays as it is', () => {
  expect(rates('constant', 0)).toEqual([2, 2, 2, 2]);
});

test('a cosine falls from the full rate towards 0, and so does a power of a line', () => {
  const eighth = Math.SQRT1_2;
  const expected = {
    cosine: [2, 1 + eighth, 1, 1 - eighth],
    poly: [1, 0.75, 0.5, 0.25].map((share) => 2 * share ** 0.9),
  } as const;
  for (const schedule of ['cosine', 'poly'] as const) {
    for (const [step, rate] of rates(schedule, 0).entries())
      expect(rate).toBeCloseTo(expected[schedule][step] ?? NaN, 12);
  }
});

test('a warm-up rises linearly to the full rate', () => {
  expect(rates('constant', 4)).toEqual([0.5, 1, 1.5, 2]);
  expect(rates('cosine', 2)[0]).toBeCloseTo(1, 12);
});

test("the demo's rates are those of its published figures, bit for bit", () => {
  const schedule = scheduleFor({ schedule: 'cosine', learningRate: 1e-3, warmup: 20 }, 600);
  expect([0, 7, 19, 20, 100, 333, 599].map(schedule)).toEqual([
    0.00005, 0.00039986567875573126, 0.0009975277849806133, 0.0009972609476841367, 0.0009330127018922194,
    0.00041403544986029527, 6.853876286627703e-9,
  ]);
});

test('the rate falls in steps where it is told to', () => {
  const schedule = scheduleFor({ schedule: 'step', learningRate: 1, warmup: 0, dropEvery: 2, dropFactor: 0.5 }, 6);
  expect([0, 1, 2, 3, 4, 5].map(schedule)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  expect(scheduleFor({ schedule: 'step', learningRate: 1, warmup: 0, dropEvery: 2 }, 6)(2)).toBe(0.1);
});

test('settings of another schedule, or too few, are refused', () => {
  const base = { learningRate: 1, warmup: 0 };
  expect(() => scheduleFor({ ...base, schedule: 'step' }, 6)).toThrow(
    new UsageError('--schedule step needs --drop-every N, the number of steps between two drops of the learning rate'),
  );
  expect(() => scheduleFor({ ...base, schedule: 'poly', dropEvery: 2 }, 6)).toThrow(
    new UsageError('--drop-every is for --schedule step; the schedule is poly'),
  );
  expect(() => scheduleFor({ ...base, schedule: 'constant', dropFactor: 0.5 }, 6)).toThrow(
    '--drop-factor is for --schedule step',
  );
});

test('it is known which schedules have to know the number of steps', () => {
  for (const schedule of schedules) {
    const [short, long] = [6, 12].map((steps) =>
      scheduleFor({ schedule, learningRate: 1, warmup: 2, ...(schedule === 'step' ? { dropEvery: 2 } : {}) }, steps),
    );
    const differs = [0, 1, 2, 3, 4, 5].some((step) => short?.(step) !== long?.(step));
    expect(differs, schedule).toBe(endsWithTraining(schedule));
  }
});
