export type { Picture, Panel } from '@hypercorr/vision/pictures';
export type { Card, Column, PicturesCard, TableCard } from './cards.ts';
export {
  descriptionKey,
  formatDescription,
  optimizerPrefix,
  parseDescription,
  type CheckpointDescription,
  type Position,
} from './description.ts';
export { DivergedError, FolderInUseError, NonFiniteStepError, RunError, RunUsageError } from './errors.ts';
export { itemsAtOnce, stepMemory, type PlannedTask, type StepSettings } from './memory.ts';
export {
  stepsOf,
  type BestFigure,
  type Losses,
  type Meter,
  type Phase,
  type Scalar,
  type StepTask,
  type Task,
  type Validation,
} from './task.ts';
export {
  optimizerOf,
  trainStep,
  trainedParameters,
  type ItemStream,
  type Numbered,
  type StepOutcome,
  type TrainerOptions,
} from './trainer.ts';
export { neverStop, silent, type Log, type Progress, type StopRequest } from './watch.ts';
export { counted, duration, mebibytes, plain } from './words.ts';
