import { expect, test } from 'vitest';
import { constantSchedule, cosineSchedule, polySchedule, stepSchedule, type ScheduleOptions } from '../../src/index.ts';

const steps = 10;
const learningRate = 0.3;

const makers = {
  constant: (options: ScheduleOptions) => constantSchedule(options),
  step: (options: ScheduleOptions) => stepSchedule({ ...options, every: 4 }),
  cosine: (options: ScheduleOptions) => cosineSchedule({ ...options, steps }),
  poly: (options: ScheduleOptions) => polySchedule({ ...options, steps }),
} as const;

test.each(Object.entries(makers))(
  '%s starts at the full rate, never rises, and rises in a line with a warm-up',
  (_, make) => {
    const [plain, warm] = [make({ learningRate }), make({ learningRate, warmup: 5 })];
    expect(plain(0)).toBe(learningRate);
    for (let step = 1; step < steps; step += 1) expect(plain(step)).toBeLessThanOrEqual(plain(step - 1));
    for (let step = 0; step < steps; step += 1)
      expect(warm(step)).toBeCloseTo(plain(step) * Math.min(1, (step + 1) / 5), 14);
    // From any step on, as a resumed run needs it.
    expect([3, 1, 3].map(plain)).toEqual([plain(3), plain(1), plain(3)]);
  },
);

test('schedules that end stay at 0', () => {
  for (const schedule of [makers.cosine({ learningRate }), makers.poly({ learningRate })]) {
    expect(schedule(steps - 1)).toBeGreaterThan(0);
    expect([steps, steps + 1, 3 * steps].map(schedule)).toEqual([0, 0, 0]);
  }
});

test('a step falls where it says', () => {
  const schedule = stepSchedule({ learningRate: 1, every: 3, gamma: 0.5 });
  expect([0, 2, 3, 5, 6].map(schedule)).toEqual([1, 1, 0.5, 0.5, 0.25]);
  expect(stepSchedule({ learningRate: 1, every: 3 })(3)).toBe(0.1);
});

test('numbers of steps that are none', () => {
  expect(() => cosineSchedule({ learningRate, steps: 0 })).toThrow(
    new RangeError('[schedule] steps is a whole number from 1; got 0'),
  );
  expect(() => polySchedule({ learningRate, steps: NaN })).toThrow(RangeError);
  expect(() => stepSchedule({ learningRate, every: 1.5 })).toThrow(
    '[schedule] every is a whole number from 1; got 1.5',
  );
  expect(() => constantSchedule({ learningRate, warmup: -1 })).toThrow(
    '[schedule] warmup is a whole number from 0; got -1',
  );
});
