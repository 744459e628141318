export { Buffer, Cell, Parameter, type BufferOptions, type NamedParameters } from './cell.ts';
export {
  GradientAccumulator,
  lossAndGradients,
  type Gradients,
  type LossAndGradients,
  type TakeOptions,
} from './gradients.ts';
export type { HostTensor, PlacementOptions } from './host-tensor.ts';
export { fanInUniform, splitKey, type InitialisationOptions } from './initialise.ts';
export { keyDealer } from './key-dealer.ts';
export * from './layers/index.ts';
export { Module } from './module.ts';
export { RandomModule, type RandomModuleOptions } from './random-module.ts';
export * from './optim/index.ts';
export * from './pytorch/index.ts';
export * from './safetensors/index.ts';
export { parseTFLite, type TFLiteState } from './tflite/read.ts';
export { StoredState } from './stored-state.ts';
export {
  disposeState,
  type LoadOptions,
  type MisshapedTensor,
  type StateDict,
  type StateDifferences,
} from './state-dict.ts';
export { parseWeights, weightsFormat, type WeightsFormat } from './weights.ts';
