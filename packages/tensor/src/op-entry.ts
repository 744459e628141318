// `@hypercorr/tensor/op`: for those who write operations, backends or whatever else stands on records.
export {
  kernelOf,
  type ComputingBackend,
  type Dispatcher,
  type Handle,
  type KernelKind,
  type ObservingBackend,
  type Operand as BackendOperand,
} from './backend.ts';
export type { NdArray, ReferenceKernel } from './backends/reference/kernel.ts';
export {
  f32Bits,
  type WasmKernel,
  type WasmLaunch,
  type WasmModule,
  type WasmStep,
  type WasmView,
} from './backends/wasm/kernel.ts';
export { creationEngine, fromHost } from './create.ts';
export { bytesPerElement, checkDTypeName, hostArray, isFloat } from './dtype.ts';
export { listed } from './errors.ts';
export { bfloat16ToFloats, halfToNumber, halvesToFloats } from './half.ts';
export {
  defineOp,
  gradientRule,
  rule,
  savedNames,
  type Gradient,
  type GradientContext,
  type GradientRule,
  type Kernels,
  type Op,
  type OpInputs,
} from './op.ts';
export * from './ops/records.ts';
export { checkOptions, type OptionNames } from './options.ts';
export { activeRecorders, withRecorders, type Recorder } from './recorder.ts';
export { run } from './run.ts';
export * from './shape/rules.ts';
export type { Named } from './spec.ts';
