/**
 * How the threads talk: a few 32-bit words at the start of the shared memory, and the loop that shares out
 * the chunks of a step. Used by the calling thread and by the workers.
 */

export const word = {
  /** Counts commands; workers sleep on it. */
  epoch: 0,
  /** Workers that are not done with the current command; the calling thread sleeps on it. */
  pending: 1,
  /** The next chunk that nobody has taken. */
  nextChunk: 2,
  command: 3,
  /** Index of the module, in the order of loading, and of the function among its exports. */
  module: 4,
  entry: 5,
  params: 6,
  items: 7,
  chunk: 8,
  scratch: 9,
  scratchStride: 10,
  /** Set to 1 by a worker whose kernel trapped. */
  failed: 11,
} as const;

export const command = { run: 0, load: 1 } as const;

/** Bytes at the start of the memory that hold the words above. */
export const controlBytes = 64;

/**
 * How often a thread looks before it goes to sleep: some 0.3 ms, which covers the gaps between the steps of a
 * computation. A sleeping thread takes 0.05 ms to wake, and may find itself on its caller's processor.
 */
export const spins = 40_000;

export type Kernel = (params: number, begin: number, end: number, scratch: number) => void;

/** The functions of a module in the order of its exports, which is the same on every thread. */
export function kernelsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): Map<string, Kernel> {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = new Map<string, Kernel>();
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    const value = exports[name];
    if (kind === 'function' && typeof value === 'function') kernels.set(name, value as Kernel);
  }
  return kernels;
}

/** Takes chunks until none is left. Any thread may compute any chunk: a chunk's result does not depend on it. */
export function runChunks(control: Int32Array, kernel: Kernel, thread: number): void {
  const params = control[word.params] ?? 0;
  const items = control[word.items] ?? 0;
  const chunk = control[word.chunk] ?? 1;
  const scratch = ((control[word.scratch] ?? 0) >>> 0) + thread * (control[word.scratchStride] ?? 0);
  for (;;) {
    const begin = Atomics.add(control, word.nextChunk, 1) * chunk;
    if (begin >= items) return;
    kernel(params, begin, Math.min(items, begin + chunk), scratch);
  }
}
