export {
  kernelOf,
  type Backend,
  type BackendFactory,
  type ComputingBackend,
  type Dispatcher,
  type Handle,
  type KernelKind,
  type ObservingBackend,
  type Operand as BackendOperand,
} from './backend.ts';
export * from './create.ts';
export type { DType, FloatDType, HostArray, HostArrays, NumericDType } from './dtype.ts';
export { bytesPerElement, hostArray, isFloat } from './dtype.ts';
export { defaultEngine, init, Engine, type EngineOptions, type MemoryReport } from './engine.ts';
export * from './errors.ts';
export { format, type FormatOptions } from './format.ts';
export { interruptible, type StopSignal } from './interrupt.ts';
export * from './op.ts';
export * from './ops/index.ts';
export { profile, type OperationProfile, type Profile } from './profile.ts';
export * from './random.ts';
export * from './read.ts';
export * from './recorder.ts';
export { run } from './run.ts';
export * from './scope.ts';
export * from './shape/index.ts';
export type { Named, Spec } from './spec.ts';
export { retain, stopGradient, Tensor } from './tensor.ts';
export { forEachTensor, mapTree, type Tree } from './tree.ts';
export { referenceBackend } from './backends/reference/backend.ts';
export type { NdArray, ReferenceKernel } from './backends/reference/kernel.ts';
export {
  f32Bits,
  type WasmKernel,
  type WasmLaunch,
  type WasmModule,
  type WasmStep,
  type WasmView,
} from './backends/wasm/kernel.ts';
