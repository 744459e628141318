export { renderComparison } from './compare/comparison-report.ts';
export { differingSettings, readRun, type RecordedRun } from './compare/recorded-run.ts';
export { isSystemError, messageOf } from './errors.ts';
export {
  appendToFile,
  besideName,
  checkWritable,
  isSameFile,
  prepareFolder,
  prepareToWrite,
  writeFileAtomically,
} from './files/files.ts';
export { nanPolicies, type Ended, type FitLimits } from './loop/fit.ts';
export { rehearse, type Rehearsal, type RehearsalOptions } from './loop/rehearse.ts';
export {
  score,
  train,
  type ScoreOptions,
  type Scored,
  type TrainingOptions,
  type TrainingResult,
} from './loop/train.ts';
export { describeCheckpoint, readCheckpoint, readState, saveCheckpoint, type Checkpoint } from './run/checkpoint.ts';
export {
  readHistory,
  type EpochRecord,
  type History,
  type HistoryRecord,
  type SkippedRecord,
  type StepRecord,
} from './run/history.ts';
export { checkNewRun, hasCheckpoint, isRunOf, runFiles, type RunFiles, type RunOrigin } from './run/run-folder.ts';
export { freshFolder, numberedFolders } from './run/numbered-folders.ts';
export { RunLock, checkUnlocked } from './run/run-lock.ts';
export { describeRun, type Run } from './run/run.ts';
export { Interrupt } from './terminal/interrupt.ts';
export { TerminalLog, type LogOptions } from './terminal/log.ts';
export { TerminalProgress, displayWidth, type ProgressOptions, type TextStream } from './terminal/progress.ts';
