import type { DType, HostArray } from './dtype.ts';
import { BackendError } from './errors.ts';
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

/** The kernels that a record has. */
export type KernelKind = keyof Exclude<Op['kernels'], 'alias'>;

/** What all backends have in common. Dispatch is synchronous. */
export interface Dispatcher {
  /** Any word, for people and for messages. Programs decide by `kernels` and `dtypes`. */
  readonly name: string;
  /** Tells people what really runs: `wasm: 2 threads, SIMD, shared memory`. */
  readonly description: string;
  /** The dtypes that tensors may have here. The engine refuses the others, so a backend never meets them. */
  readonly dtypes: readonly DType[];
  /** Copies host data in. */
  upload(data: HostArray, dtype: DType): Handle;
  /** Carries out `op` and returns a new handle for its output. */
  run(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Handle;
  free(handle: Handle): void;
  /** Resolves when nothing is in flight; rejects with the first dispatch that failed. */
  idle(): Promise<void>;
  /** Ends workers and gives the memory back. */
  dispose(): Promise<void>;
}

/** A backend that computes: tensors have elements here. */
export interface ComputingBackend extends Dispatcher {
  /** Which of a record's kernels run here. */
  readonly kernels: KernelKind;
  /**
   * As `run`, and calls `done` with the time of the kernel alone. Where `run` returns before the kernel has ended, `done` is
   * called later, and the device is waited for before and after the kernel.
   */
  runTimed?(done: (milliseconds: number) => void, ...call: Parameters<Dispatcher['run']>): Handle;
  /** Copies `size` elements out; a failed dispatch behind them surfaces here. */
  read(handle: Handle, dtype: DType, size: number): Promise<HostArray>;
  /** Copies `size` elements out at once, where the device allows it. */
  readSync?(handle: Handle, dtype: DType, size: number): HostArray;
}

/** A backend that only watches which operations a program asks for. It computes nothing, so tensors cannot be read. */
export interface ObservingBackend extends Dispatcher {
  readonly kernels: 'none';
  readonly readSync?: never;
  readonly runTimed?: never;
}

/** Where tensors live and operations are carried out. */
export type Backend = ComputingBackend | ObservingBackend;

/**
 * The kernel of a record that a backend runs.
 *
 * @throws BackendError for an alias: `run` gives its input another shape, and no kernel runs
 */
export function kernelOf<K extends KernelKind>(op: Op, kind: K): Exclude<Op['kernels'], 'alias'>[K] {
  if (op.kernels === 'alias') throw new BackendError(op.name, 'an alias has no kernel to run');
  return op.kernels[kind];
}

/** What `wasm(options)` and `gpu(options)` return and `init` awaits. */
export type BackendFactory = () => Promise<Backend>;
