import { kernelOf, type ComputingBackend, type Dispatcher, type Handle } from '../../backend.ts';
import { hostArray, type DType, type HostArray } from '../../dtype.ts';
import { BackendError, HypercorrError } from '../../errors.ts';
import { activeSignal, type StopSignal } from '../../interrupt.ts';
import { formatShape, sizeOf, type Shape } from '../../shape/shape.ts';
import { KernelCache, release, type Stored } from './kernel-cache.ts';
import type { GpuInput, GpuPass, GpuSource } from './kernel.ts';
import { exactLimit, layoutOf, wordsOf, type Layout } from './layout.ts';
import { messageOf, type Device } from './library.ts';

/** Elements that are on the device or on their way there. */
class GpuBuffer implements Handle {
  readonly size: number;
  readonly bytes: number;
  /** The result, once the work that makes it is done. */
  stored: Stored | undefined;
  /** Why there is no result: the work failed, or was called off. */
  failure: Error | undefined;

  constructor(size: number, layout: Layout) {
    this.size = size;
    this.bytes = wordsOf(layout) * 4;
  }
}

/** Stands for work that was aborted before its turn came, and for all work that needs its result. */
class CalledOff extends Error {
  constructor(reason: unknown) {
    super('called off', { cause: reason });
  }
}

function bufferOf(handle: Handle): GpuBuffer {
  if (handle instanceof GpuBuffer) return handle;
  throw new BackendError('gpu', 'got a handle of another backend');
}

/**
 * Kernels through GPU.js. All work waits in one queue, in order; `run` and `upload` return at once.
 * A failure stays with the buffer that it left empty, and with all buffers computed from that one, until one of them is read.
 */
export class GpuBackend implements ComputingBackend {
  readonly name = 'gpu';
  readonly kernels = 'gpu';
  readonly dtypes = ['float32', 'int32', 'bool'] as const;
  readonly description: string;
  readonly #device: Device;
  readonly #kernels: KernelCache;
  #queue: Promise<void> = Promise.resolve();
  #firstFailure: Error | undefined;

  constructor(device: Device) {
    this.#device = device;
    this.#kernels = new KernelCache(device);
    this.description = `gpu: ${device.description}`;
  }

  upload(data: HostArray, dtype: DType): Handle {
    const buffer = this.#allocate('upload', [data.length]);
    if (dtype === 'int32') checkExact('upload', data);
    const layout = layoutOf(data.length);
    const words = new Float32Array(wordsOf(layout)).fill(1, data.length);
    words.set(data);
    this.#make(buffer, 'upload', () => this.#kernels.upload(words, layout));
    return buffer;
  }

  run(...call: Parameters<Dispatcher['run']>): Handle {
    return this.#launch(undefined, ...call);
  }

  runTimed(done: (milliseconds: number) => void, ...call: Parameters<Dispatcher['run']>): Handle {
    return this.#launch(done, ...call);
  }

  read(handle: Handle, dtype: DType, size: number): Promise<HostArray> {
    const buffer = bufferOf(handle);
    const result = this.#queue.then(async () => {
      if (buffer.failure instanceof CalledOff) throw buffer.failure.cause;
      const words = await this.#kernels.download(contentOf('read', buffer));
      const lost = this.#device.lost();
      // The word behind the elements is 1 unless a kernel on the way here left zeros: see layout.ts.
      if (lost !== undefined || words[buffer.size] !== 1) {
        throw new BackendError(
          'read',
          lost ?? 'the GPU gave up on a kernel behind this result; give it less work at once',
        );
      }
      const data = words.subarray(0, size);
      if (dtype === 'int32') checkExact('read', data);
      if (dtype === 'float32') return data.slice();
      const host = hostArray(dtype, size);
      host.set(data);
      return host;
    });
    this.#queue = result.then(
      () => {},
      () => {}, // The reader gets the failure.
    );
    return result;
  }

  free(handle: Handle): void {
    const buffer = bufferOf(handle);
    this.#queue = this.#queue.then(() => {
      if (buffer.stored !== undefined) release(buffer.stored);
      buffer.stored = undefined;
    });
  }

  async idle(): Promise<void> {
    await this.#queue;
    const failure = this.#firstFailure;
    this.#firstFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  async dispose(): Promise<void> {
    await this.#queue;
    await this.#device.gpu.destroy();
  }

  #launch(
    done: ((milliseconds: number) => void) | undefined,
    ...[op, inputs, output, attrs]: Parameters<Dispatcher['run']>
  ): Handle {
    const kernel = kernelOf(op, 'gpu');
    const sources: Record<string, GpuInput> = {};
    const buffers = new Map<string, GpuBuffer>();
    for (const [name, { shape, dtype, handle }] of Object.entries(inputs)) {
      sources[name] = { kind: 'input', name, shape, dtype };
      buffers.set(name, bufferOf(handle));
    }
    const last = kernel(sources, output, attrs);
    const buffer = this.#allocate(op.name, output.shape);
    const evaluate = () => this.#evaluate(op.name, last, buffers);
    this.#make(buffer, op.name, done === undefined ? evaluate : () => this.#timed(evaluate, done));
    return buffer;
  }

  async #timed<T>(work: () => Promise<T>, done: (milliseconds: number) => void): Promise<T> {
    await this.#device.finish();
    const start = performance.now();
    const result = await work();
    await this.#device.finish();
    done(performance.now() - start);
    return result;
  }

  /** Makes an empty buffer for a result. */
  #allocate(op: string, shape: Shape): GpuBuffer {
    const size = sizeOf(shape);
    const layout = layoutOf(size);
    const reason = this.#device.tooLarge(layout);
    if (reason !== undefined)
      throw new BackendError(op, `a tensor ${formatShape(shape)} does not fit this device: it needs ${reason}`);
    return new GpuBuffer(size, layout);
  }

  /** Queues the work that fills `buffer`. */
  #make(buffer: GpuBuffer, op: string, work: () => Promise<Stored>): void {
    const signal = activeSignal();
    this.#queue = this.#queue.then(async () => {
      try {
        checkWanted(signal);
        const lost = this.#device.lost();
        if (lost !== undefined) throw new BackendError(op, lost);
        buffer.stored = await work();
      } catch (cause) {
        const known = cause instanceof HypercorrError || cause instanceof CalledOff;
        buffer.failure = known ? cause : new BackendError(op, messageOf(cause), { cause });
        if (!(cause instanceof CalledOff)) this.#firstFailure ??= buffer.failure;
      }
    });
  }

  /** Runs `last` and the passes that it needs, each once, and frees the results of the others. */
  async #evaluate(op: string, last: GpuPass, inputs: ReadonlyMap<string, GpuBuffer>): Promise<Stored> {
    const made = new Map<GpuPass, Stored>();
    const valueOf = async (source: GpuSource): Promise<Stored> => {
      if (source.kind === 'view') return valueOf(source.of);
      if (source.kind === 'input') return contentOf(op, inputs.get(source.name));
      const known = made.get(source);
      if (known !== undefined) return known;
      const layout = layoutOf(sizeOf(source.shape));
      const reason = this.#device.tooLarge(layout);
      if (reason !== undefined) throw new BackendError(op, `an intermediate result needs ${reason}`);
      const reads: Stored[] = [];
      for (const read of source.reads) reads.push(await valueOf(read));
      const stored = await this.#kernels.run(source.source, layout, reads, source.scalars);
      made.set(source, stored);
      return stored;
    };
    try {
      return await valueOf(last);
    } finally {
      for (const [source, stored] of made) if (source !== last) release(stored);
    }
  }
}

/** @throws CalledOff */
function checkWanted(signal: StopSignal | undefined): void {
  try {
    signal?.throwIfAborted();
  } catch (reason) {
    throw new CalledOff(reason);
  }
}

function contentOf(op: string, buffer: GpuBuffer | undefined): Stored {
  if (buffer?.failure !== undefined) throw buffer.failure;
  if (buffer?.stored === undefined) throw new BackendError(op, 'a kernel reads an input that is not there');
  return buffer.stored;
}

/** @throws BackendError for a whole number that float32 may not hold exactly: every element is float32 on this backend */
function checkExact(op: string, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? 0;
    if (Math.abs(value) > exactLimit) {
      throw new BackendError(op, `int32 is exact on this backend only up to ±2^24, got ${value} at position ${i}`);
    }
  }
}
