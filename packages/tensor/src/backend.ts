import type { DType, HostArray } from './dtype.ts';
import type { Op } from './op.ts';
import type { Spec } from './spec.ts';

/** A backend's own reference to stored elements; only the backend that made it can look inside. */
export interface Handle {
  /** Bytes held on the device, padding included. */
  readonly bytes: number;
}

/** An input of an operation as a backend sees it. */
export interface Operand extends Spec {
  readonly handle: Handle;
}

/** Where tensors live and kernels run. Dispatch is synchronous; only reading waits. */
export interface Backend {
  readonly name: 'reference' | 'wasm' | 'gpu';
  /** A plain word on what really runs, for people: `wasm: 2 threads, SIMD, shared memory`. */
  readonly description: string;
  /** Copies host data in. */
  upload(data: HostArray, dtype: DType): Handle;
  /** Runs `op`'s kernel and returns a new handle for its output. */
  run(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Handle;
  /**
   * The same, and calls `done` with the time of the kernel alone. Where `run` returns before the kernel has ended, that is
   * later, and the device is waited for before and after it.
   */
  runTimed?(done: (milliseconds: number) => void, ...call: Parameters<Backend['run']>): Handle;
  /** Copies `size` elements out; a failed dispatch behind them surfaces here. */
  read(handle: Handle, dtype: DType, size: number): Promise<HostArray>;
  /** The same at once, where the device allows it. */
  readSync?(handle: Handle, dtype: DType, size: number): HostArray;
  free(handle: Handle): void;
  /** Resolves when nothing is in flight; rejects with the first dispatch that failed. */
  idle(): Promise<void>;
  /** Ends workers and gives the memory back. */
  dispose(): Promise<void>;
}

/** What `wasm(options)` and `gpu(options)` return and `init` awaits. */
export type BackendFactory = () => Promise<Backend>;
