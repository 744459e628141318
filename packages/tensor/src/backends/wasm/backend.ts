import { kernelOf, type ComputingBackend, type Dispatcher, type Handle, type Operand } from '../../backend.ts';
import { hostArray, type DType, type HostArray } from '../../dtype.ts';
import { BackendError } from '../../errors.ts';
import type { Op } from '../../op.ts';
import { sizeOf } from '../../shape/shape.ts';
import type { Spec } from '../../spec.ts';
import { Allocator } from './allocator.ts';
import { controlBytes } from './control.ts';
import type { WasmStep, WasmView } from './kernel.ts';
import { ModuleTable } from './modules.ts';
import { Pool } from './pool.ts';

/** Every element is one 32-bit word on this backend: float32, int32, or a bool as 0 or 1. */
const wordBytes = 4;
/** Bytes reserved for a step's parameters and scratch. Only larger steps allocate memory. */
const stepBytes = 1 << 16;

class WasmBuffer implements Handle {
  readonly pointer: number;
  readonly bytes: number;

  constructor(pointer: number, bytes: number) {
    this.pointer = pointer;
    this.bytes = bytes;
  }
}

function pointerOf(handle: Handle): number {
  if (handle instanceof WasmBuffer) return handle.pointer;
  throw new BackendError('wasm', 'got a handle of another backend');
}

export interface WasmSetting {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly relaxed: boolean;
  readonly threads: number;
  readonly heapBase: number;
  readonly maximumBytes: number;
  readonly workerUrl: string | URL | undefined;
  readonly description: string;
}

/** Kernels in WebAssembly SIMD over one memory, spread over a pool of threads. */
export class WasmBackend implements ComputingBackend {
  readonly name = 'wasm';
  readonly kernels = 'wasm';
  readonly dtypes = ['float32', 'int32', 'bool'] as const;
  readonly description: string;
  readonly #memory: WebAssembly.Memory;
  readonly #allocator: Allocator;
  readonly #modules: ModuleTable;
  readonly #pool: Pool | undefined;
  /** Holds a step's parameters and scratch. One block is enough, because steps run one after another. */
  readonly #stepBlock: number;
  /** Adds up the time of kernels while `runTimed` runs. */
  #clock: { milliseconds: number } | undefined;

  private constructor(setting: WasmSetting, pool: Pool | undefined) {
    this.description = setting.description;
    this.#memory = setting.memory;
    this.#pool = pool;
    const heapBase = Math.max(setting.heapBase, controlBytes);
    this.#allocator = new Allocator(setting.memory, heapBase, setting.maximumBytes);
    this.#stepBlock = this.#allocator.allocate(stepBytes);
    this.#modules = new ModuleTable(setting, (index, binary) => this.#loadInWorkers(index, binary));
  }

  static async start(setting: WasmSetting): Promise<WasmBackend> {
    const { memory, threads, workerUrl } = setting;
    const pool = threads > 1 ? await Pool.start(memory, threads, workerUrl) : undefined;
    return new WasmBackend(setting, pool);
  }

  upload(data: HostArray): Handle {
    const buffer = this.#allocate(data.length);
    if (data instanceof Float32Array) new Float32Array(this.#memory.buffer, buffer.pointer, data.length).set(data);
    else new Int32Array(this.#memory.buffer, buffer.pointer, data.length).set(data);
    return buffer;
  }

  run(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Handle {
    const plan = kernelOf(op, 'wasm');
    const views: Record<string, WasmView> = {};
    for (const [name, { shape, dtype, handle }] of Object.entries(inputs)) {
      views[name] = { shape, dtype, pointer: pointerOf(handle) };
    }
    const buffer = this.#allocate(sizeOf(output.shape));
    const temporary: number[] = [];
    const workspace = (bytes: number) => {
      const pointer = this.#allocator.allocate(bytes);
      temporary.push(pointer);
      return pointer;
    };
    try {
      const steps = plan(views, { ...output, pointer: buffer.pointer }, attrs, { workspace });
      for (const step of steps) if (step.items > 0) this.#runStep(step);
    } catch (error) {
      this.free(buffer);
      throw error;
    } finally {
      for (const pointer of temporary) this.#allocator.free(pointer);
    }
    return buffer;
  }

  runTimed(done: (milliseconds: number) => void, ...call: Parameters<Dispatcher['run']>): Handle {
    const clock = { milliseconds: 0 };
    this.#clock = clock;
    try {
      const output = this.run(...call);
      done(clock.milliseconds);
      return output;
    } finally {
      this.#clock = undefined;
    }
  }

  read(handle: Handle, dtype: DType, size: number): Promise<HostArray> {
    return Promise.resolve(this.readSync(handle, dtype, size));
  }

  readSync(handle: Handle, dtype: DType, size: number): HostArray {
    const words = dtype === 'float32' ? Float32Array : Int32Array;
    const result = hostArray(dtype, size);
    result.set(new words(this.#memory.buffer, pointerOf(handle), size));
    return result;
  }

  free(handle: Handle): void {
    this.#allocator.free(pointerOf(handle));
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  async dispose(): Promise<void> {
    await this.#pool?.dispose();
  }

  #allocate(size: number): WasmBuffer {
    const bytes = Allocator.sizeFor(size * wordBytes);
    return new WasmBuffer(this.#allocator.allocate(bytes), bytes);
  }

  #runStep(step: WasmStep): void {
    const { kernel, module, entry } = this.#modules.find(step);
    const { items, grain, scratchBytes = 0 } = step;
    const threads = items > grain ? (this.#pool?.size ?? 1) : 1;
    const scratchStride = scratchBytes > 0 ? Allocator.sizeFor(scratchBytes) : 0;
    const paramBytes = Allocator.sizeFor(step.params.length * wordBytes);
    const bytes = paramBytes + threads * scratchStride;
    const block = bytes <= stepBytes ? this.#stepBlock : this.#allocator.allocate(bytes);
    try {
      new Int32Array(this.#memory.buffer, block, step.params.length).set(step.params);
      const scratch = block + paramBytes;
      const start = this.#clock === undefined ? 0 : performance.now();
      if (threads === 1 || this.#pool === undefined) kernel(block, 0, items, scratch);
      else this.#pool.run({ kernel, module, entry, params: block, items, grain, scratch, scratchStride });
      if (this.#clock !== undefined) this.#clock.milliseconds += performance.now() - start;
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) {
        throw new BackendError('wasm', `the kernel ${step.entry} trapped: ${cause.message}`, { cause });
      }
      throw cause;
    } finally {
      if (block !== this.#stepBlock) this.#allocator.free(block);
    }
  }

  #loadInWorkers(index: number, binary: Uint8Array): void {
    if (this.#pool === undefined) return;
    const start = this.#allocator.allocate(binary.length);
    try {
      new Uint8Array(this.#memory.buffer, start, binary.length).set(binary);
      this.#pool.load(index, start, binary.length);
    } finally {
      this.#allocator.free(start);
    }
  }
}
