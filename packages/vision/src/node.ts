export {
  cacheFolder,
  packagedBackbones,
  readPackagedBackbone,
  type PackagedBackbone,
} from './node/packaged-backbone.ts';
