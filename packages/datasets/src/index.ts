export {
  countFold,
  differences,
  knownCounts,
  type FoldCounts,
  type KnownCounts,
  type PartCounts,
} from './benchmarks/census.ts';
export { isSameClass } from './benchmarks/class-names.ts';
export { cocoCategories, cocoClasses, pascalClasses } from './benchmarks/classes.ts';
export {
  cocoFold,
  listedDataset,
  pascalFold,
  type FoldLists,
  type FoldPairs,
  type NovelImages,
} from './benchmarks/fold-pairs.ts';
export { foldClasses, folds, type Division } from './benchmarks/folds.ts';
export {
  formatCocoList,
  formatPascalList,
  parseCocoList,
  parsePascalList,
  type ListedPair,
} from './benchmarks/split-lists.ts';
export {
  parseCocoAnnotations,
  type CocoAnnotations,
  type CocoCategory,
  type CocoImage,
  type SkippedEntry,
} from './coco/annotations.ts';
export { drawMask, type DrawnMask, type Outline, type Raster, type Region } from './coco/drawn-mask.ts';
export type { Ring } from './coco/polygon.ts';
export type { RunLengths } from './coco/run-lengths.ts';
export { augmentEpisode, augmentations, type AugmentOptions, type Augmentation } from './augment/augment-episode.ts';
export { flipHorizontally } from './augment/flip.ts';
export { absentQueries, type AbsentQueries, type AbsentQueryOptions } from './episode/absent-queries.ts';
export * from './episode/dataset.ts';
export { formatEpisodes, parseEpisodes } from './episode/episode-file.ts';
export { everyQuery, type EveryQueryOptions } from './episode/every-query.ts';
export { MersenneTwister } from './episode/mt19937.ts';
export { numpyEpisodes, type NumPyEpisodeOptions } from './episode/numpy-episodes.ts';
export { NumPyLegacyRandom } from './episode/numpy-legacy.ts';
export {
  planEpisodes,
  queryOrders,
  samplers,
  type PlanOptions,
  type QueryOrder,
  type Sampler,
} from './episode/plan-episodes.ts';
export { sampleName } from './episode/sample-name.ts';
export { episodePlans, sampleEpisode, type EpisodeOptions, type PlanRange } from './episode/sample-episode.ts';
export { pickClasses, splitClasses, type SplitOptions } from './episode/split-classes.ts';
export * from './generate/index.ts';
export { voidIndex, type Mask, type RgbaImage, type RgbImage, type Size } from './image/image.ts';
export {
  encodeMaskPng,
  encodePng,
  encodeRgbaPng,
  vocPalette,
  type Colour,
  type MaskPngOptions,
} from './image/encode-png.ts';
export { imageDeviation, imageMean, foregroundOf, normalise, type Rounding } from './image/normalise.ts';
export { resizeBilinear } from './image/resize-bilinear.ts';
export { resizeNearest } from './image/resize-nearest.ts';
export { parseClassNames } from './layouts/class-names.ts';
export { parseManifest, type ManifestEntry } from './layouts/manifest.ts';
export {
  applyMeaning,
  binaryMask,
  maskMeaning,
  maskReadings,
  type Foreground,
  type MaskMeaning,
  type MaskReading,
} from './mask/binary-mask.ts';
export type { Orientation } from './image/orientation.ts';
export { decodeIndices, decodeMask, greyMask, type DecodedMask, type MaskEncoding } from './mask/decode-mask.ts';
export { moduleBeside } from './source/module-beside.ts';
export type { CreateReader, Json, Reader, ReaderReference, ReaderShare, Source } from './source/source.ts';
export { Draws } from './generate/draws.ts';
