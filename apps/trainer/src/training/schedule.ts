/** How the learning rate goes: as published it stays as it is. */
export const schedules = ['constant', 'cosine'] as const;

export interface ScheduleOptions {
  readonly schedule: (typeof schedules)[number];
  readonly learningRate: number;
  /** Steps over which it rises to its full height. */
  readonly warmup: number;
  /** Steps of the whole training. */
  readonly steps: number;
}

/**
 * The learning rate of a step, counted from 0:
 *
 *     constant: η
 *     cosine:   η (1 + cos(π step / steps)) / 2     (Loshchilov and Hutter, ICLR 2017, without restarts)
 *
 * times (step + 1) / warmup while that is below 1.
 */
export function learningRateAt(step: number, { schedule, learningRate, warmup, steps }: ScheduleOptions): number {
  const rise = Math.min(1, (step + 1) / Math.max(warmup, 1));
  return learningRate * rise * (schedule === 'cosine' ? (1 + Math.cos((Math.PI * step) / steps)) / 2 : 1);
}
