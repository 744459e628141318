export { writeCalibratedWeights } from './node/calibrated-weights.ts';
export { foldOf, foldedBenchmarks, isFolded, type FoldedBenchmark } from './node/folded-data.ts';
export {
  benchmarks,
  generatedSets,
  openClassSplit,
  openCalibrationClasses,
  openData,
  openTestClasses,
  type Benchmark,
  type ClassChoice,
  type DataOptions,
  type TestClasses,
} from './node/open-data.ts';
export {
  describeStart,
  newModel,
  openModel,
  type BackboneFiles,
  type ModelFiles,
  type Notes,
  type OpenedModel,
  type StartFiles,
} from './node/open-model.ts';
export { photoWeights } from './node/photo-weights.ts';
export {
  Segmenter,
  readMarkedFiles,
  type FileExample,
  type MarkedFiles,
  type FileTeachOptions,
  type SegmenterFiles,
} from './node/segmenter.ts';
export { writeTaughtWeights } from './node/taught-weights.ts';
export { describeWeightsFile, readWeights, type DescribedFile, type ReadWeights } from './node/weights-file.ts';
