import type { HostArray, Spec } from '@hypercorr/tensor';
import {
  kernelOf,
  sizeOf,
  type BackendOperand,
  type Handle,
  type ObservingBackend,
  type Op,
  type WasmStep,
  type WasmView,
} from '@hypercorr/tensor/op';
import { roundUp } from '@hypercorr/tensor/kernels';

/** The work of an operation on the wasm backend. */
export interface CountedDispatch {
  readonly op: string;
  /** The kernels that the operation calls, in their order. */
  readonly steps: readonly WasmStep[];
  /** Counts each input once, the output once, and workspaces twice: workspaces are written and read. */
  readonly bytesMoved: number;
}

const wordBytes = 4;
/** The wasm backend hands memory out in multiples of this. */
const blockBytes = 64;

class Block implements Handle {
  readonly pointer: number;
  readonly bytes: number;

  constructor(pointer: number, bytes: number) {
    this.pointer = pointer;
    this.bytes = bytes;
  }
}

/**
 * Plans every operation as the wasm backend does, but calls no kernel. Tensors have addresses but no elements.
 */
export class CountingBackend implements ObservingBackend {
  readonly name = 'counting';
  readonly description = 'counting: the steps of wasm kernels, nothing is computed';
  readonly kernels = 'none';
  readonly dtypes = ['float32', 'int32', 'bool'] as const;
  /** Blocks taken so far, for tensors and for workspaces. */
  allocations = 0;
  /** The most bytes taken at one time since the last `resetPeak()`. */
  peakBytes = 0;
  #bytes = 0;
  /** Where the next block starts. No block is used again. */
  #end = 0;
  readonly #observe: (dispatch: CountedDispatch) => void;

  /** @param observe is called with every operation */
  constructor(observe: (dispatch: CountedDispatch) => void) {
    this.#observe = observe;
  }

  resetPeak(): void {
    this.peakBytes = this.#bytes;
  }

  upload(data: HostArray): Handle {
    return this.#take(data.length * wordBytes);
  }

  run(op: Op, inputs: Readonly<Record<string, BackendOperand>>, output: Spec, attrs: unknown): Handle {
    const plan = kernelOf(op, 'wasm');
    const views: Record<string, WasmView> = {};
    for (const [name, { shape, dtype, handle }] of Object.entries(inputs))
      views[name] = { shape, dtype, pointer: blockOf(handle).pointer };
    const result = this.#take(sizeOf(output.shape) * wordBytes);
    const workspaces: Block[] = [];
    const workspace = (bytes: number): number => {
      const block = this.#take(bytes);
      workspaces.push(block);
      return block.pointer;
    };
    const steps = plan(views, { ...output, pointer: result.pointer }, attrs, { workspace }).filter(
      ({ items }) => items > 0,
    );
    for (const block of workspaces) this.free(block);
    this.#observe({ op: op.name, steps, bytesMoved: bytesOf([...read(inputs), result]) + 2 * bytesOf(workspaces) });
    return result;
  }

  free(handle: Handle): void {
    this.#bytes -= blockOf(handle).bytes;
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  #take(bytes: number): Block {
    const block = new Block(this.#end, Math.max(blockBytes, roundUp(bytes, blockBytes)));
    this.#end += block.bytes;
    this.allocations += 1;
    this.#bytes += block.bytes;
    this.peakBytes = Math.max(this.peakBytes, this.#bytes);
    return block;
  }
}

function blockOf(handle: Handle): Block {
  if (handle instanceof Block) return handle;
  throw new TypeError('got a handle of another backend');
}

function read(inputs: Readonly<Record<string, BackendOperand>>): Set<Handle> {
  return new Set(Object.values(inputs).map(({ handle }) => handle));
}

function bytesOf(blocks: Iterable<Handle>): number {
  return [...blocks].reduce((sum, { bytes }) => sum + bytes, 0);
}
