export { Buffer, Cell, Parameter, type BufferOptions, type NamedParameters } from './cell.ts';
export { GradientAccumulator, lossAndGradients, type Gradients, type LossAndGradients } from './gradients.ts';
export type { HostTensor, PlacementOptions } from './host-tensor.ts';
export { fanInUniform, splitKey, type InitialisationOptions } from './initialise.ts';
export * from './layers/index.ts';
export { Module } from './module.ts';
export * from './optim/index.ts';
export * from './safetensors/index.ts';
export type { LoadOptions, MisshapedTensor, StateDict, StateDifferences } from './state-dict.ts';
