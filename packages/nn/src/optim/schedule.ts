import { checkOptions } from '@hypercorr/tensor/op';

/** The learning rate of a step, counted from 0. A schedule is a pure function: steps may be asked for in any order. */
export type Schedule = (step: number) => number;

export interface ScheduleOptions {
  /** The full rate, η. */
  readonly learningRate: number;
  /** Steps over which the rate rises linearly to the schedule's value, counting the first step; 0 by default. */
  readonly warmup?: number;
}

/** Options of schedules that end. */
export interface DecayOptions extends ScheduleOptions {
  /** Steps T of the whole training. From step T on, the rate keeps its value at T: 0. */
  readonly steps: number;
}

export interface StepOptions extends ScheduleOptions {
  /** Steps from one fall to the next. */
  readonly every: number;
  /** The factor of each fall; 0.1 by default. */
  readonly gamma?: number;
}

export interface PolyOptions extends DecayOptions {
  /** 0.9 by default; 1 is a straight line. */
  readonly power?: number;
}

const scheduleOptions = { learningRate: true, warmup: true };
const decayOptions = { ...scheduleOptions, steps: true };
const stepOptions = { ...scheduleOptions, every: true, gamma: true };
const polyOptions = { ...decayOptions, power: true };

/**
 * η. Every schedule is multiplied by (t + 1) / warmup while that factor is below 1.
 *
 * @throws RangeError for a `warmup` that is not a whole number from 0
 */
export function constantSchedule(options: ScheduleOptions): Schedule {
  checkOptions('constantSchedule', options, scheduleOptions);
  return scaled(options, () => 1);
}

/**
 * η γ^⌊t / every⌋, as PyTorch's StepLR.
 *
 * @throws RangeError for numbers of steps that are not whole or too small
 */
export function stepSchedule(options: StepOptions): Schedule {
  checkOptions('stepSchedule', options, stepOptions);
  const { every, gamma = 0.1 } = options;
  checkSteps('every', every, 1);
  return scaled(options, (step) => gamma ** Math.floor(step / every));
}

/**
 * η (1 + cos(π t / T)) / 2 (Loshchilov and Hutter, *SGDR*, ICLR 2017, equation 5, without restarts).
 *
 * @throws RangeError for numbers of steps that are not whole or too small
 */
export function cosineSchedule(options: DecayOptions): Schedule {
  checkOptions('cosineSchedule', options, decayOptions);
  const { steps } = options;
  checkSteps('steps', steps, 1);
  return scaled(options, (step) => (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps)) / 2);
}

/**
 * η (1 − t / T)^power, usual in segmentation (Chen et al., *DeepLab*, TPAMI 2018, section 4.1).
 *
 * @throws RangeError for numbers of steps that are not whole or too small
 */
export function polySchedule(options: PolyOptions): Schedule {
  checkOptions('polySchedule', options, polyOptions);
  const { steps, power = 0.9 } = options;
  checkSteps('steps', steps, 1);
  return scaled(options, (step) => (1 - Math.min(step, steps) / steps) ** power);
}

function scaled({ learningRate, warmup = 0 }: ScheduleOptions, share: (step: number) => number): Schedule {
  checkSteps('warmup', warmup, 0);
  return (step) => learningRate * Math.min(1, (step + 1) / Math.max(warmup, 1)) * share(step);
}

function checkSteps(name: string, steps: number, least: number): void {
  if (!Number.isInteger(steps) || steps < least)
    throw new RangeError(`[schedule] ${name} is a whole number from ${least}; got ${steps}`);
}
