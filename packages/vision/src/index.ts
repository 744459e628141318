export * from './backbones/index.ts';
export {
  LayerCounter,
  convolutionMultiplyAdds,
  type CountedOp,
  type CountingRule,
  type LayerCost,
} from './complexity/layer-counter.ts';
export {
  imageBatch,
  imageTensor,
  itemTensors,
  labelBatch,
  maskBatch,
  maskOf,
  maskTensor,
  type NormalisedImage,
} from './image/image-tensors.ts';
export { ConfusionMatrix, type ConfusionMatrixOptions } from './metrics/confusion-matrix.ts';
export { asFeatureMap, type FeatureMap, type Image, type ImageBatch, type MaskBatch, type Plane } from './shapes.ts';
export { identifyBackbone, type StateShapes } from './weights/identify-backbone.ts';
export { loadBackboneWeights, type LoadedBackbone } from './weights/load-backbone-weights.ts';
export { isClassifier, loadPublishedState, partitionState } from './weights/published-state.ts';
export {
  isBackboneName,
  isStrayCounter,
  unwrapNames,
  withoutPrefix,
  type UnwrappedNames,
} from './weights/wrapped-names.ts';
export { mobileNetV2OfDetector } from './weights/detector.ts';
