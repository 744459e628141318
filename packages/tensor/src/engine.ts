import type { Backend, BackendFactory, Handle, Operand } from './backend.ts';
import { referenceBackend } from './backends/reference/backend.ts';
import { DisposedError } from './errors.ts';
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

/** What is alive on an engine. */
export interface MemoryReport {
  /** Tensor handles. */
  readonly tensors: number;
  /** Bytes on the device, each storage once. */
  readonly bytes: number;
  /** The most bytes at one time since the start or the last `resetPeak()`. */
  readonly peakBytes: number;
}

/** Runs kernels in a backend's place, and measures them. */
export type Meter = Pick<Backend, 'run'>;

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

  /** A plain word on what runs here. */
  get description(): string {
    return this.backend.description;
  }

  memory(): MemoryReport {
    return { tensors: this.#live.size, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  /** Starts measuring the peak anew. */
  resetPeak(): void {
    this.#peakBytes = this.#bytes;
  }

  /** The tensors alive now, each with where it was made if the engine was started with `debug`. */
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

  /** @internal Runs an operation's kernel. */
  launch(op: Op, inputs: Readonly<Record<string, Operand>>, output: Spec, attrs: unknown): Handle {
    return (this.meter ?? this.backend).run(op, inputs, output, attrs);
  }

  /** @internal Takes over a handle that the backend just made. */
  own(handle: Handle): Storage {
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
 * @throws BackendError when the backend cannot run here; nothing is replaced silently.
 */
export async function init(backend: BackendFactory, options: EngineOptions = {}): Promise<Engine> {
  standard = new Engine(await backend(), options);
  return standard;
}

/** The engine used where none is named: the last one that `init` made, else the reference engine. */
export function defaultEngine(): Engine {
  standard ??= new Engine(referenceBackend());
  return standard;
}
