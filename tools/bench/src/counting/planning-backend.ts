import { DTypeError, type Backend, type HostArray, type Spec } from '@hypercorr/tensor';
import { sizeOf, type BackendOperand, type Handle, type Op, type WasmStep, type WasmView } from '@hypercorr/tensor/op';
import { roundUp } from '@hypercorr/tensor/kernels';

/** What an operation does on the wasm backend. */
export interface PlannedDispatch {
  readonly op: string;
  /** The kernels that it calls, in their order. */
  readonly steps: readonly WasmStep[];
  /** Inputs, each once, the output, and workspace, which is written and read. */
  readonly bytesMoved: number;
}

const wordBytes = 4;
/** The backend hands memory out in multiples of this. */
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
 * The wasm backend without its kernels and its memory: plans every operation as that one does, and calls none of the kernels.
 * Tensors have addresses and hold nothing; they cannot be read.
 */
export class PlanningBackend implements Backend {
  readonly name = 'wasm';
  readonly description = 'wasm: plans alone, nothing is computed';
  /** Blocks that were taken until now, of tensors and of workspaces. */
  allocations = 0;
  /** The most bytes that were taken at a time since the last `resetPeak()`. */
  peakBytes = 0;
  #bytes = 0;
  /** Blocks follow one another; none is used again. */
  #end = 0;
  readonly #observe: (dispatch: PlannedDispatch) => void;

  /** @param observe is told of every operation */
  constructor(observe: (dispatch: PlannedDispatch) => void) {
    this.#observe = observe;
  }

  resetPeak(): void {
    this.peakBytes = this.#bytes;
  }

  upload(data: HostArray): Handle {
    return this.#take(data.length * wordBytes);
  }

  run(op: Op, inputs: Readonly<Record<string, BackendOperand>>, output: Spec, attrs: unknown): Handle {
    if (op.kernels === 'alias') throw new TypeError(`${op.name} is an alias and has no kernel to plan`);
    if (output.dtype === 'float64') throw new DTypeError(op.name, 'float64 is not on wasm');
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
    const steps = op.kernels
      .wasm(views, { ...output, pointer: result.pointer }, attrs, { workspace })
      .filter(({ items }) => items > 0);
    for (const block of workspaces) this.free(block);
    this.#observe({ op: op.name, steps, bytesMoved: bytesOf([...read(inputs), result]) + 2 * bytesOf(workspaces) });
    return result;
  }

  read(): Promise<HostArray> {
    return Promise.reject(new TypeError('there are plans here, and no elements to read'));
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
