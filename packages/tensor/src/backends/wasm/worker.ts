/**
 * What a worker thread runs. It is bundled to text at build time and started from that text,
 * so that no bundler has to find a file; `@hypercorr/tensor/assets/worker.js` is the same as a file.
 */
import { command, isOver, join, kernelsOf, leave, numberOf, runChunks, spins, word, type Kernel } from './control.ts';

interface StartMessage {
  readonly memory: WebAssembly.Memory;
  /** 1, 2, …; the calling thread is 0. */
  readonly thread: number;
}

function work({ memory, thread }: StartMessage): never {
  // The first bytes of a shared memory stay where they are when it grows.
  const control = new Int32Array(memory.buffer, 0, 16);
  const modules: Kernel[][] = [];
  let seen = 0;
  for (;;) {
    const state = nextState(control, seen);
    const missed = isOver(state);
    if (!missed && !join(control, state)) continue; // it has changed meanwhile
    seen = numberOf(state);
    if (missed) continue;
    try {
      if (control[word.command] === command.load) load(memory, control, modules);
      else {
        const kernel = modules[control[word.module] ?? -1]?.[control[word.entry] ?? -1];
        if (kernel === undefined) throw new Error('no such kernel');
        runChunks(control, kernel, thread);
      }
    } catch {
      Atomics.store(control, word.failed, 1);
    }
    leave(control);
  }
}

/** Waits for a command of another number than the one seen last. */
function nextState(control: Int32Array, seen: number): number {
  for (let i = 0; i < spins && numberOf(Atomics.load(control, word.state)) === seen; i += 1);
  for (;;) {
    const state = Atomics.load(control, word.state);
    if (numberOf(state) !== seen) return state;
    Atomics.wait(control, word.state, state);
  }
}

function load(memory: WebAssembly.Memory, control: Int32Array, modules: Kernel[][]): void {
  try {
    modules[control[word.module] ?? 0] = loadKernels(memory, control);
  } finally {
    Atomics.add(control, word.loaded, 1);
    Atomics.notify(control, word.loaded);
  }
}

/** Compiles the binary that lies in the memory itself: a worker that waits on the memory cannot get messages. */
function loadKernels(memory: WebAssembly.Memory, control: Int32Array): Kernel[] {
  const start = (control[word.params] ?? 0) >>> 0;
  const bytes = new Uint8Array(memory.buffer, start, control[word.items] ?? 0).slice();
  return [...kernelsOf(new WebAssembly.Module(bytes), memory).values()];
}

const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.parentPort) {
  const port = node.parentPort;
  port.once('message', (message: StartMessage) => {
    port.postMessage('ready');
    work(message);
  });
} else {
  const page = globalThis as typeof globalThis & { postMessage(message: string): void };
  page.addEventListener(
    'message',
    (event) => {
      page.postMessage('ready');
      work((event as MessageEvent<StartMessage>).data);
    },
    { once: true },
  );
}
