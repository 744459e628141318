import { constantSchedule, cosineSchedule, polySchedule, stepSchedule, type Schedule } from '@hypercorr/nn';
import { UsageError } from './failure.ts';

/** How the learning rate goes: as published it stays as it is. */
export const schedules = ['constant', 'step', 'cosine', 'poly'] as const;

export interface ScheduleSettings {
  readonly schedule: (typeof schedules)[number];
  /** At its full height. */
  readonly learningRate: number;
  /** The same of a backbone that is trained, whose rate goes as the learner's does; the learner's when absent. */
  readonly backboneLearningRate?: number | undefined;
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
    if (every === undefined)
      throw new UsageError(
        '--schedule step needs --drop-every N, the steps from one fall of the learning rate to the next',
      );
    return stepSchedule({ ...options, every, ...(gamma === undefined ? {} : { gamma }) });
  }
  const strange = every !== undefined ? 'drop-every' : gamma !== undefined ? 'drop-factor' : undefined;
  if (strange !== undefined) throw new UsageError(`--${strange} is for --schedule step; the schedule is ${schedule}`);
  if (schedule === 'constant') return constantSchedule(options);
  return schedule === 'cosine' ? cosineSchedule({ ...options, steps }) : polySchedule({ ...options, steps });
}

/** Whether a schedule's rate at a step depends on the number of all steps: with more epochs, earlier steps would have had another rate. */
export function endsWithTraining(schedule: unknown): boolean {
  return schedule === 'cosine' || schedule === 'poly';
}

/** What `backboneRateOf` decides by. */
export interface BackboneSettings extends Pick<ScheduleSettings, 'learningRate' | 'backboneLearningRate'> {
  readonly trainBackbone: boolean;
  readonly resume: boolean;
}

/**
 * The learning rate of a backbone that is trained: what was asked for, else a tenth of the learner's. It was trained before, and
 * the learner was not; at the learner's own 1e-3 HSNet's diverges (github.com/juhongm999/hsnet/issues/16). A tenth is usual: 1e-3 and
 * 1e-2 for the new layers of DeepLab (Chen et al., TPAMI 2018, section 4.1), 1e-5 and 1e-4 in DETR (Carion et al., ECCV 2020, section 4).
 *
 * @returns undefined for a backbone that is frozen, and for one that goes with the learner: that of a run from before it had this setting
 * @throws UsageError for a rate of a frozen backbone
 */
export function backboneRateOf({
  trainBackbone,
  learningRate,
  backboneLearningRate,
  resume,
}: BackboneSettings): number | undefined {
  if (backboneLearningRate !== undefined && !trainBackbone)
    throw new UsageError('--backbone-lr is for a backbone that is trained: add --train-backbone');
  if (backboneLearningRate !== undefined || !trainBackbone || resume) return backboneLearningRate;
  // As a decimal: 3e-4 / 10 is 0.000029999999999999997.
  return Number((learningRate / 10).toPrecision(15));
}

/** How many times the learner's rate the backbone's is. */
export function backboneFactor({ learningRate, backboneLearningRate = learningRate }: ScheduleSettings): number {
  return backboneLearningRate / learningRate;
}
