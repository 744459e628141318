export { loadCheckpoint, type LoadedCheckpoint } from './checkpoint.ts';
export { complexity, type Complexity, type ComplexityOptions } from './complexity/complexity.ts';
export { shapeBackend, type PlannedOp } from './complexity/shape-backend.ts';
export * from './hypercorrelation/index.ts';
export { HSNet, type HSNetOptions } from './hsnet.ts';
export { identifyModel, type ModelIdentity } from './identify-model.ts';
export { HPNLearner, kernelNames, type KernelName, type LearnerOptions } from './learner.ts';
export {
  SegmentationScore,
  episodeIou,
  overlapOf,
  voidLabel,
  type ClassScore,
  type Overlap,
  type OverlapCounts,
} from './metrics.ts';
export {
  addClass,
  combineShots,
  noClass,
  voteRules,
  type ClassIndex,
  type ClassSegmentation,
  type Segmentation,
  type VoteRule,
} from './prediction.ts';
export { pyramidTaps, tapCounts } from './pyramid-taps.ts';
export type { Correlations, Pyramid } from './shapes.ts';
export { PreparedSupports, type Features, type Support } from './supports.ts';
