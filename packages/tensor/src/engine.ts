import type { Backend, BackendFactory, Dispatcher, Handle, Operand } from './backend.ts';
import { referenceBackend } from './backends/reference/backend.ts';
import type { DType, HostArray } from './dtype.ts';
import { DisposedError, DTypeError } from './errors.ts';
import type { Op } from './op.ts';
import { checkOptions } from './options.ts';
import type { Spec } from './spec.ts';
import { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

export interface EngineOptions {
  /** Remember where each live tensor was made (slow): see `engine.liveTensors()`. */
  readonly debug?: boolean;
}

const engineOptions = { debug: true };

/** Counts what is alive on an engine. */
export interface MemoryReport {
  /** Tensor handles. */
  readonly tensors: number;
  /** Bytes on the device. Each storage counts once. */
  readonly bytes: number;
  /** The most bytes at one time since the start or the last `resetPeak()`. */
  readonly peakBytes: number;
}

/** Runs operations in a backend's place, and measures them. */
export type Meter = Pick<Dispatcher, 'run'>;

/** A backend and the tensors on it. */
export class Engine {
  readonly backend: Backend;
  /** @internal Set while the engine is being profiled. */
  meter: Meter | undefined;
  readonly #debug: boolean;
  readonly #live = new Map<Tensor, string>();
  #bytes = 0;
  #peakBytes = 0;
  #disposed = false;

  constructor(backend: Backend, options: EngineOptions = {}) {
    this.backend = backend;
    checkOptions('engine', options, engineOptions);
    this.#debug = options.debug ?? false;
  }

  /** Tells people what runs here. */
  get description(): string {
    return this.backend.description;
  }

  memory(): MemoryReport {
    return { tensors: this.#live.size, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  /** Starts a new measurement of the peak. */
  resetPeak(): void {
    this.#peakBytes = this.#bytes;
  }

  /** Lists the tensors that are alive now. `madeAt` says where each was made if the engine was started with `debug`. */
  liveTensors(): readonly { readonly tensor: Tensor; readonly madeAt: string }[] {
    return [...this.#live].map(([tensor, madeAt]) => ({ tensor, madeAt }));
  }

  /** Resolves when all dispatched work is done; rejects with the first failure among it. */
  idle(): Promise<void> {
    return this.backend.idle();
  }

  /** Frees every tensor left and ends the backend's workers. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    for (const tensor of [...this.#live.keys()]) tensor.dispose();
    this.#disposed = true;
    if (standard === this) standard = undefined;
    await this.backend.dispose();
  }

  /** @internal Carries out an operation. @throws DTypeError as `assertTakes` */
  launch(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Storage {
    this.assertTakes(op.name, output.dtype);
    return this.#own((this.meter ?? this.backend).run(op, inputs, output, attrs));
  }

  /** @internal Copies host data in. @throws DTypeError as `assertTakes` */
  upload(data: HostArray, dtype: DType): Storage {
    this.assertTakes('tensor', dtype);
    return this.#own(this.backend.upload(data, dtype));
  }

  /** Takes over a handle that the backend just made. */
  #own(handle: Handle): Storage {
    this.#bytes += handle.bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return new Storage(handle, (freed) => {
      this.#bytes -= freed.bytes;
      this.backend.free(freed);
    });
  }

  /** @internal */
  register(tensor: Tensor): void {
    this.#live.set(tensor, this.#debug ? (new Error('made here').stack ?? '') : '');
  }

  /** @internal */
  unregister(tensor: Tensor): void {
    this.#live.delete(tensor);
  }

  /** @internal @throws DTypeError for a dtype that the backend does not take */
  assertTakes(asker: string, dtype: DType): void {
    const { name, dtypes } = this.backend;
    if (dtypes.includes(dtype)) return;
    throw new DTypeError(
      asker,
      `the ${name} backend takes ${dtypes.join(', ')}, got ${dtype}; cast the tensor, or use the reference backend`,
    );
  }

  /** @internal */
  assertUsable(asker: string): void {
    if (this.#disposed) throw new DisposedError(asker, `the ${this.backend.name} engine was shut down`);
  }
}

let standard: Engine | undefined;

/**
 * Starts an engine and makes it the default one.
 *
 * @example const engine = await init(wasm({ threads: 2 }));
 * @throws BackendError when the backend cannot run here. No other backend takes its place.
 */
export async function init(backend: BackendFactory, options: EngineOptions = {}): Promise<Engine> {
  standard = new Engine(await backend(), options);
  return standard;
}

/** The engine that is used where none is named: the last one that `init` made, or the reference engine if there is none. */
export function defaultEngine(): Engine {
  standard ??= new Engine(referenceBackend());
  return standard;
}
