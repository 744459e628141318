import type { OpInputs } from '../../op.ts';
import type { Spec } from '../../spec.ts';

/** A tensor in WebAssembly memory: contiguous, 64-byte aligned, padded to a multiple of 64 bytes. */
export interface WasmView extends Spec {
  /** Byte address, unsigned. */
  readonly pointer: number;
}

/** A compiled kernel module in hexadecimal, in its two builds (see docs/adding-an-op.md for the rules it keeps). */
export interface WasmModule {
  /** Names the module in errors. */
  readonly name: string;
  /** Baseline SIMD. */
  readonly baseline: string;
  /** Relaxed SIMD: the same kernels with fused multiply-add. */
  readonly relaxed: string;
}

/**
 * One call of an exported kernel, spread over the threads. The export has the signature
 * `(params: usize, begin: u32, end: u32, scratch: usize): void` and computes the units [begin, end).
 */
export interface WasmStep {
  /** The module that holds the kernel; the library's own when left out. */
  readonly module?: WasmModule;
  /** The export's name. */
  readonly entry: string;
  /** 32-bit words for the kernel to read at `params`: pointers, sizes, strides, `f32Bits` of floats. */
  readonly params: readonly number[];
  /** Independent units of work. */
  readonly items: number;
  /** Threads take chunks that start at multiples of this. Where units are elements, it is a multiple of 16. */
  readonly grain: number;
  /** Private memory for each thread, in bytes. */
  readonly scratchBytes?: number;
  /**
   * Multiply-adds of a kernel that forms products, as its algorithm does them. Packing, transforms and the unused parts of
   * tiles do not count. `pnpm bench counts` adds them up.
   */
  readonly multiplyAdds?: number;
}

/** Memory that lives until the end of the launch, for packed operands and the like. */
export interface WasmLaunch {
  /** Returns the address of `bytes` bytes of undefined content. */
  workspace(bytes: number): number;
}

/** Turns a call of the operation into steps. They run in order, and each ends on all threads before the next begins. */
export type WasmKernel<In extends string, Optional extends string, Attrs> = {
  // A method, so that records of particular inputs fit where any record is taken.
  plan(
    inputs: OpInputs<In, Optional, WasmView>,
    output: WasmView,
    attrs: Attrs,
    launch: WasmLaunch,
  ): readonly WasmStep[];
}['plan'];

const floatWord = new Float32Array(1);
const intWord = new Int32Array(floatWord.buffer);

/** The bits of a float32, as a parameter word. */
export function f32Bits(value: number): number {
  floatWord[0] = value;
  return intWord[0] ?? 0;
}

const doubleWord = new Float64Array(1);
const doubleWords = new Int32Array(doubleWord.buffer);

/** The bits of a float64, as two parameter words. */
export function f64Words(value: number): readonly [number, number] {
  doubleWord[0] = value;
  return [doubleWords[0] ?? 0, doubleWords[1] ?? 0];
}
