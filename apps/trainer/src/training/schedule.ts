import { constantSchedule, cosineSchedule, polySchedule, stepSchedule, type Schedule } from '@hypercorr/nn';
import { UsageError } from '../failure.ts';

/** How the learning rate goes: as published it stays as it is. */
export const schedules = ['constant', 'step', 'cosine', 'poly'] as const;

export interface ScheduleSettings {
  readonly schedule: (typeof schedules)[number];
  /** At its full height. */
  readonly learningRate: number;
  /** Steps over which it rises to that. */
  readonly warmup: number;
  /** Of `step`, which needs it: steps from one fall to the next. */
  readonly dropEvery?: number | undefined;
  /** Of `step`: what the rate is multiplied by there; 0.1 when left out. */
  readonly dropFactor?: number | undefined;
}

/**
 * The learning rate by steps of a training of `steps` in all.
 *
 * @throws UsageError for settings of another schedule, or one that lacks its own
 */
export function scheduleFor(settings: ScheduleSettings, steps: number): Schedule {
  const { schedule, learningRate, warmup, dropEvery: every, dropFactor: gamma } = settings;
  const options = { learningRate, warmup };
  if (schedule === 'step') {
    if (every === undefined) throw new UsageError('--schedule step needs --drop-every N, the steps from one fall of the learning rate to the next');
    return stepSchedule({ ...options, every, ...(gamma === undefined ? {} : { gamma }) });
  }
  const strange = every !== undefined ? 'drop-every' : gamma !== undefined ? 'drop-factor' : undefined;
  if (strange !== undefined) throw new UsageError(`--${strange} is for --schedule step; the schedule is ${schedule}`);
  if (schedule === 'constant') return constantSchedule(options);
  return schedule === 'cosine' ? cosineSchedule({ ...options, steps }) : polySchedule({ ...options, steps });
}

/** Whether the rate of a step depends on how many there are in all. */
export function endsWithTraining(schedule: unknown): boolean {
  return schedule === 'cosine' || schedule === 'poly';
}
