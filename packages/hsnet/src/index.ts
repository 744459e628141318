export { isOfLearner, loadCheckpoint, unwrapCheckpoint, type LoadedCheckpoint } from './checkpoint.ts';
export { complexity, type Complexity, type ComplexityOptions } from './complexity/complexity.ts';
export { Baselines, type BaselineResult, type ObservedEpisode, type ObservedImage } from './baselines/baselines.ts';
export {
  divideClasses,
  partNames,
  partOf,
  type ClassSplit,
  type DividedData,
  type NamedClasses,
  type PartName,
} from './classes/divide-classes.ts';
export {
  sharedClasses,
  trainedClasses,
  unseenClasses,
  withEnoughImages,
  type ClassesOfTraining,
  type EnoughImages,
} from './classes/trained-classes.ts';
export { ClassesError, DamagedWeightsError, MissingWeightsError, OtherModelError, SupportsError } from './errors.ts';
export * from './hypercorrelation/index.ts';
export { additionNames, type Addition } from './additions.ts';
export { HSNet, type HSNetOptions, type QueryFeatures, type Shot } from './hsnet.ts';
export { identifyModel, type ModelIdentity } from './identify-model.ts';
export { teach, type Taught, type TeachOptions, type TeachStep, type TaughtPicture } from './teaching/teach.ts';
export { HPNLearner, kernelNames, type DecoderHints, type KernelName, type LearnerOptions } from './learner.ts';
export { drawLearner, emptyModel, type NewModelOptions } from './load-model.ts';
export {
  describeModel,
  describeWeights,
  fewShotKind,
  parseModelDescription,
  parseTrainedOn,
  usualModel,
  type AskedModel,
  type DescribedWeights,
  type ModelDescription,
  type CompositesTrainedOn,
  type TrainedOn,
  type TrainingDescription,
  type WeightsDescription,
} from './model-description.ts';
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
export {
  fitPresence,
  formatPresence,
  parsePresence,
  presenceKey,
  type CalibrationData,
  type PresenceCalibration,
  type PresencePair,
} from './presence/calibration.ts';
export { noteOf, parseTaught, taughtKey, type TaughtNote } from './teaching/taught-note.ts';
export { presenceOf, presenceScore, type Presence } from './presence/presence.ts';
export {
  PresenceMeter,
  areaUnderCurve,
  overallPresence,
  type PresenceFigures,
  type PresenceMeterOptions,
} from './presence/presence-meter.ts';
export {
  foregroundProbability,
  measureMap,
  measurePresence,
  presenceStatistics,
  type PresenceStatistic,
  type PresenceStatistics,
  type ReadShot,
} from './presence/statistics.ts';
export { supportMatch } from './presence/support-match.ts';
export {
  EpisodeMeter,
  evaluate,
  type EpisodeMeterOptions,
  type EvaluateOptions,
  type ScoredEpisode,
} from './scoring/episode-meter.ts';
export { predictEpisode, type PredictedEpisode, type PredictEpisodeOptions } from './scoring/predict-episode.ts';
export {
  onAllFolds,
  protocolFor,
  protocolInWords,
  protocolNames,
  protocolParts,
  protocols,
  publishedRules,
  scoreSizes,
  usualProtocol,
  voidRules,
  type AskedProtocol,
  type Evaluated,
  type NamedProtocol,
  type Protocol,
  type ProtocolName,
  type ProtocolPart,
  type ProtocolPreset,
  type ScoringRules,
} from './scoring/protocol.ts';
export {
  SegmentationScore,
  episodeIou,
  overlapOf,
  voidLabel,
  type ClassScore,
  type Overlap,
  type OverlapCounts,
} from './scoring/segmentation-score.ts';
export type { Example, ImageLike, MaskLike } from './segmenter/pixels.ts';
export { PhotographWatch } from './segmenter/photograph-watch.ts';
export type { ClassProbability } from './segmenter/segment-image.ts';
export type {
  FoundClass,
  SegmentOptions,
  SegmentedImage,
  SegmenterTeachOptions,
  RememberOptions,
  StopOptions,
} from './segmenter/segment-options.ts';
export {
  PixelSegmenter,
  Segmenter,
  SegmenterError,
  type SegmenterEngine,
  type SegmenterModel,
  type SegmenterOptions,
} from './segmenter/segmenter.ts';
export { guidanceTaps, learnerInputs, pyramidTaps, tapCounts } from './pyramid-taps.ts';
export type { Correlations, Pyramid } from './shapes.ts';
export { PreparedSupports, type Features, type Support } from './supports.ts';
export * from './training/index.ts';
