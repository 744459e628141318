import { constantSchedule, cosineSchedule, polySchedule, stepSchedule, type Schedule } from '@hypercorr/nn';
import { UsageError } from './failure.ts';

/** The schedules of the learning rate. The published one is constant. */
export const schedules = ['constant', 'step', 'cosine', 'poly'] as const;

export interface ScheduleSettings {
  readonly schedule: (typeof schedules)[number];
  /** The learning rate at its full value. */
  readonly learningRate: number;
  /** The full learning rate of a trained backbone, which follows the same schedule; the learner's by default. */
  readonly backboneLearningRate?: number | undefined;
  /** The steps over which the rate rises to its full value. */
  readonly warmup: number;
  /** For `step`, which requires it: the number of steps between two drops of the rate. */
  readonly dropEvery?: number | undefined;
  /** For `step`: the factor of each drop; 0.1 by default. */
  readonly dropFactor?: number | undefined;
}

/**
 * The learning rate at each step of a training of `steps` steps.
 *
 * @throws UsageError for settings of another schedule, and for a schedule without a setting that it requires
 */
export function scheduleFor(settings: ScheduleSettings, steps: number): Schedule {
  const { schedule, learningRate, warmup, dropEvery: every, dropFactor: gamma } = settings;
  const options = { learningRate, warmup };
  if (schedule === 'step') {
    if (every === undefined)
      throw new UsageError(
        '--schedule step needs --drop-every N, the number of steps between two drops of the learning rate',
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
 * The learning rate of a trained backbone: the given one, else a tenth of the learner's. The backbone is pretrained and the learner is
 * not. At the learner's rate of 1e-3, training HSNet's backbone diverges (github.com/juhongm999/hsnet/issues/16). A tenth is usual: DeepLab has 1e-3,
 * and 1e-2 for its new layers (Chen et al., TPAMI 2018, section 4.1); DETR has 1e-5 and 1e-4 (Carion et al., ECCV 2020, section 4).
 *
 * @returns undefined for a frozen backbone, and for the backbone of a resumed run older than this setting, which has the learner's rate
 * @throws UsageError for a rate given with a frozen backbone
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

/** The backbone's learning rate divided by the learner's. */
export function backboneFactor({ learningRate, backboneLearningRate = learningRate }: ScheduleSettings): number {
  return backboneLearningRate / learningRate;
}
