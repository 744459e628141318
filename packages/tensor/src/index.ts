// What people call, and the types in the signatures. Those who write operations or backends find the rest in `op-entry.ts`.
export type { Backend, BackendFactory } from './backend.ts';
export { referenceBackend } from './backends/reference/backend.ts';
export {
  arange,
  fromArray,
  fromHalfArray,
  full,
  linspace,
  ones,
  scalar,
  tensor,
  zeros,
  type CreationOptions,
  type DTypeOfArray,
  type HalfFormat,
  type Sized,
  type TypedCreationOptions,
} from './create.ts';
export { dtypes } from './dtype.ts';
export type { DType, FloatDType, HostArray, HostArrays, NumericDType } from './dtype.ts';
export { defaultEngine, init, Engine, type EngineOptions, type MemoryReport } from './engine.ts';
export {
  BackendError,
  DTypeError,
  DisposedError,
  FormatError,
  GradientError,
  HypercorrError,
  OptionError,
  ScopeError,
  ShapeError,
} from './errors.ts';
export { format, type FormatOptions } from './format.ts';
export { interruptible, type StopSignal } from './interrupt.ts';
export * from './ops/index.ts';
export { profile, type OperationProfile, type Profile } from './profile.ts';
export {
  childKeys,
  fold,
  key,
  normal,
  permutation,
  uniform,
  uniformNumbers,
  type Key,
  type NormalOptions,
  type UniformOptions,
} from './random.ts';
export { item, read, readSync, to } from './read.ts';
export { noGrad } from './recorder.ts';
export { keep, scope } from './scope.ts';
export type * from './shape/index.ts';
export type { Spec } from './spec.ts';
export { retain, stopGradient, Tensor } from './tensor.ts';
export { forEachTensor, mapTree, type Tree } from './tree.ts';
