export { checkDataset, type Census, type CheckOptions, type ClassCensus, type Fault, type FaultKind } from './check/check-dataset.ts';
export { EpisodeLoader, type LoaderFault, type LoaderOptions } from './loader/episode-loader.ts';
export { decodeImage } from './files/decode-image.ts';
export { readImage, readMask, readSample, type ReadMask } from './files/read-sample.ts';
export { encodeJpeg, writeMaskPng, writePng } from './files/write-pictures.ts';
export { openDataset, readClassList, type DatasetOptions } from './layouts/open-dataset.ts';
export { isHidden, type Layout } from './layouts/scan-folder.ts';
export { writeGeneratedDataset, type GenerateOptions, type GeneratedDataset } from './generate/write.ts';
