/**
 * How the threads talk: a few 32-bit words at the start of the shared memory, and the loop that shares out
 * the chunks of a step. Used by the calling thread and by the workers.
 */

export const word = {
  /**
   * The number of the current command, whether it is over, and how many workers are at it, in one word, so that no worker can
   * begin what is over (see `numberOf`). Workers sleep on it, and the calling thread while it waits for them.
   */
  state: 0,
  /** Workers that have loaded the module they were told to; the calling thread sleeps on it. */
  loaded: 1,
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

/** In the state: the workers at the command, the bit that says that it is over, and where its number begins. */
const atWork = 0xfff;
const over = 0x1000;
const numberShift = 13;

/** The number of a state's command. It comes round again after half a million, when every worker has long seen another. */
export function numberOf(state: number): number {
  return state >>> numberShift;
}

export function isOver(state: number): boolean {
  return (state & over) !== 0;
}

/** Begins the next command, of which the other words say what it is. */
export function begin(control: Int32Array): void {
  Atomics.store(control, word.state, (numberOf(Atomics.load(control, word.state)) + 1) << numberShift);
  Atomics.notify(control, word.state);
}

/** Ends the command for workers that have not begun it; `mayBlock` says whether to sleep until the others are done. */
export function end(control: Int32Array, mayBlock: boolean): void {
  Atomics.or(control, word.state, over);
  for (let i = 0; i < spins && (Atomics.load(control, word.state) & atWork) > 0; i += 1);
  for (;;) {
    const state = Atomics.load(control, word.state);
    if ((state & atWork) === 0) return;
    // The main thread of a page may not sleep: it keeps looking.
    if (mayBlock) Atomics.wait(control, word.state, state);
  }
}

/** Joins the command of a state that was just read. @returns whether it was still the state */
export function join(control: Int32Array, state: number): boolean {
  return Atomics.compareExchange(control, word.state, state, state + 1) === state;
}

/** Leaves the command that was joined. */
export function leave(control: Int32Array): void {
  const before = Atomics.sub(control, word.state, 1);
  if (isOver(before) && (before & atWork) === 1) Atomics.notify(control, word.state);
}

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
