export { Adam, MomentOptimizer, type AdamOptions } from './adam.ts';
export { AdamW, type AdamWOptions } from './adamw.ts';
export { clipGradientNorm, gradientNorm, type ClippedGradients } from './clip.ts';
export { Optimizer, type Memory, type OptimizerOptions, type UpdateContext } from './optimizer.ts';
export {
  constantSchedule,
  cosineSchedule,
  polySchedule,
  stepSchedule,
  type DecayOptions,
  type PolyOptions,
  type Schedule,
  type ScheduleOptions,
  type StepOptions,
} from './schedule.ts';
export { SGD, type SGDOptions } from './sgd.ts';
