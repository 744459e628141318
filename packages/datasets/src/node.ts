export type { BenchmarkFiles, ImageSet, MaskedImage } from './benchmarks/benchmark-files.ts';
export { leastObject } from './benchmarks/generate-lists.ts';
export {
  openBenchmark,
  openEveryTest,
  openFolds,
  openFoldTests,
  writeLists,
  type BenchmarkFolds,
  type BenchmarkOptions,
  type FoldedOptions,
  type FoldOptions,
  type FssOptions,
  type OpenedBenchmark,
} from './benchmarks/open-benchmark.ts';
export {
  checkBenchmark,
  type BenchmarkCensus,
  type CheckBenchmarkOptions,
  type FoldCensus,
} from './check/check-benchmark.ts';
export {
  checkDataset,
  type Census,
  type CheckOptions,
  type ClassCensus,
  type Fault,
  type FaultKind,
} from './check/check-dataset.ts';
export { ByteCache } from './prefetch/byte-cache.ts';
export { Prefetcher, type ItemFault, type Prefetched, type PrefetchOptions } from './prefetch/prefetcher.ts';
export { decodeImage, decodeReduced, type ReducedImage } from './files/decode-image.ts';
export { withLargeObjects } from './files/large-objects.ts';
export {
  readImage,
  readMask,
  readReduced,
  readSample,
  type ReadingOptions,
  type ReadMask,
} from './files/read-sample.ts';
export { showsClass } from './files/shows-class.ts';
export { encodeJpeg, writeMaskPng, writePng } from './files/write-pictures.ts';
export { openDataset, openParts, type DatasetOptions, type DividedDataset } from './layouts/open-dataset.ts';
export { isImageName, isOtherPictureName } from './files/image-names.ts';
export { isHidden } from './files/list-folder.ts';
export { parseClassList, readClassList } from './layouts/class-list.ts';
export { layouts, type Layout, type Part } from './layouts/scanned.ts';
export { crowdReadings, type CrowdReading } from './layouts/scan-coco-json.ts';
export { writeGeneratedDataset, type GenerateOptions, type GeneratedDataset } from './generate/write.ts';
export {
  episodeSource,
  plannedEpisodes,
  type EpisodePictures,
  type EpisodeSourceOptions,
} from './source/episode-source.ts';
export {
  sceneSource,
  type LabelledImage,
  type ScenePlan,
  type SceneSource,
  type SceneSourceOptions,
} from './source/scene-source.ts';
export {
  cutOutsOf,
  findPhotographs,
  leaveOutClasses,
  openCutOuts,
  type CutOut,
  type CutOutClass,
  type CutOuts,
} from './composites/cut-outs.ts';
export {
  findMarkedPictures,
  outlinedPicture,
  readMarkedPicture,
  type MarkedPicture,
} from './marked/marked-pictures.ts';
export type { MeantMasks } from './layouts/as-meant.ts';
export { compositeSource, type CompositeSourceOptions } from './composites/composite-source.ts';
export type {
  Background,
  CompositeOptions,
  CompositePicture,
  CompositePlan,
  Layer,
} from './composites/plan-composite.ts';
export type { Colouring } from './composites/colouring.ts';
export { mixedSource, type MixedPart, type MixedPlan } from './source/mixed-source.ts';
