import { BackendError } from '../../errors.ts';
import { begin, command, end, runChunks, word, type Kernel } from './control.ts';
import { startThread, type Thread } from './thread.ts';

/** What the threads need to know of a step, with all addresses. */
export interface Task {
  readonly kernel: Kernel;
  readonly module: number;
  readonly entry: number;
  readonly params: number;
  readonly items: number;
  readonly grain: number;
  readonly scratch: number;
  readonly scratchStride: number;
}

/** There are more chunks than threads, so that the others go on while one thread is held up. */
const chunksPerThread = 8;

/**
 * The worker threads. The calling thread takes its share of the work, and waits for the workers that took some too. It does
 * not wait for a worker that is still asleep when the work is done, so small steps are worth sharing.
 */
export class Pool {
  readonly size: number;
  readonly #control: Int32Array;
  readonly #threads: readonly Thread[];

  private constructor(control: Int32Array, threads: readonly Thread[]) {
    this.#control = control;
    this.#threads = threads;
    this.size = threads.length + 1;
  }

  /** Starts `size - 1` workers on a shared memory whose first bytes are the control words. */
  static async start(memory: WebAssembly.Memory, size: number, workerUrl: string | URL | undefined): Promise<Pool> {
    const control = new Int32Array(memory.buffer, 0, 16);
    const starting = Array.from({ length: size - 1 }, (_, i) => startThread({ memory, thread: i + 1 }, workerUrl));
    try {
      return new Pool(control, await Promise.all(starting));
    } catch (error) {
      // The workers that did start would wait for ever.
      for (const started of await Promise.allSettled(starting)) {
        if (started.status === 'fulfilled') await started.value.terminate();
      }
      throw error;
    }
  }

  /** Has every worker load the module number `index`, whose binary lies at `start`. */
  load(index: number, start: number, bytes: number): void {
    const control = this.#control;
    control[word.module] = index;
    control[word.params] = start;
    control[word.items] = bytes;
    control[word.command] = command.load;
    control[word.loaded] = 0;
    begin(control);
    for (;;) {
      const loaded = Atomics.load(control, word.loaded);
      if (loaded === this.#threads.length) break;
      if (mayBlock) Atomics.wait(control, word.loaded, loaded);
    }
    this.#end();
  }

  run(task: Task): void {
    const control = this.#control;
    const share = task.items / (this.size * chunksPerThread);
    control[word.module] = task.module;
    control[word.entry] = task.entry;
    control[word.params] = task.params;
    control[word.items] = task.items;
    control[word.chunk] = Math.max(1, Math.ceil(share / task.grain)) * task.grain;
    control[word.scratch] = task.scratch;
    control[word.scratchStride] = task.scratchStride;
    control[word.nextChunk] = 0;
    control[word.command] = command.run;
    begin(control);
    try {
      runChunks(control, task.kernel, 0);
    } finally {
      this.#end();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #end(): void {
    end(this.#control, mayBlock);
    if (Atomics.exchange(this.#control, word.failed, 0) === 1) {
      throw new BackendError('wasm', 'a kernel trapped in a worker thread');
    }
  }
}

/** Whether this thread may sleep on shared memory: all but the main thread of a page. */
const mayBlock = !('document' in globalThis);
