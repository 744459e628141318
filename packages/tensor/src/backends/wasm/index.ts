import type { BackendFactory } from '../../backend.ts';
import { checkOptions } from '../../options.ts';
import { BackendError } from '../../errors.ts';
import { WasmBackend } from './backend.ts';
import { addressSpace, describeAddressSpace, threadsThatFit } from './address-space.ts';
import { canShareMemory, hasRelaxedSimd, mostThreads, processors } from './features.ts';

export { mostThreads };
export type { WasmKernel, WasmLaunch, WasmModule, WasmStep, WasmView } from './kernel.ts';

export interface WasmOptions {
  /** The number of threads, the calling one included; at most `mostThreads()`. The number of processors when left out. */
  readonly threads?: number;
  /** `relaxed` has fused multiply-add; it is the default where the machine has it. Results differ in the last bits. */
  readonly simd?: 'auto' | 'baseline' | 'relaxed';
  /** Whether threads share memory. Without shared memory there is one thread. */
  readonly sharedMemory?: 'auto' | 'on' | 'off';
  /** Address of `@hypercorr/tensor/assets/worker.js`, for pages whose policy forbids workers from a blob. */
  readonly workerUrl?: string | URL;
  /** First address of the heap, for tests of addresses above 2 GiB. */
  readonly heapBase?: number;
}

const wasmOptions = { threads: true, simd: true, sharedMemory: true, workerUrl: true, heapBase: true };

const pageBytes = 65536;
/** Maximum sizes to try, in pages: 4, 2 and 1 GiB. Some systems refuse to reserve the larger ones. */
const maximumPages = [65536, 32768, 16384] as const;

/**
 * The WebAssembly SIMD backend.
 *
 * @example const engine = await init(wasm({ threads: 2 }));
 * @throws BackendError (from `init`) when an option asks for something that this machine does not have
 */
export function wasm(options: WasmOptions = {}): BackendFactory {
  checkOptions('wasm', options, wasmOptions);
  return async () => {
    const { simd = 'auto', sharedMemory = 'auto', heapBase = 0, workerUrl } = options;
    const relaxed = simd === 'auto' ? hasRelaxedSimd() : simd === 'relaxed';
    if (relaxed && !hasRelaxedSimd()) {
      throw new BackendError(
        'wasm',
        'relaxed SIMD was asked for, and this machine does not have it (Node 20: start it with --experimental-wasm-relaxed-simd)',
      );
    }
    const shared = sharedMemory === 'auto' ? canShareMemory() : sharedMemory === 'on';
    const asked = checkThreads(options.threads, shared);
    const { memory, maximumBytes } = reserve(shared);
    const threads = asked === 1 ? 1 : fittingThreads(asked, options.threads !== undefined);
    return WasmBackend.start({
      memory,
      shared,
      relaxed,
      threads,
      heapBase,
      maximumBytes,
      workerUrl,
      description: describe(threads, relaxed, shared) + (threads < asked ? ', `ulimit -v` has no room for more' : ''),
    });
  };
}

function checkThreads(asked: number | undefined, shared: boolean): number {
  const threads = asked ?? (shared ? processors() : 1);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new BackendError('wasm', `the number of threads must be a positive integer, got ${threads}`);
  }
  if (threads > mostThreads()) {
    throw new BackendError(
      'wasm',
      `${threads} threads are too many: ${mostThreads()} at most here; leave \`threads\` out for one a processor`,
    );
  }
  if (threads > 1 && !shared) {
    throw new BackendError(
      'wasm',
      `${threads} threads need shared memory, and there is none here (is the page cross-origin isolated?); ` +
        'leave `threads` out to run on one',
    );
  }
  return threads;
}

function reserve(shared: boolean): { memory: WebAssembly.Memory; maximumBytes: number } {
  let cause: unknown;
  for (const maximum of maximumPages) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 16, maximum, shared }), maximumBytes: maximum * pageBytes };
    } catch (error) {
      cause = error;
    }
  }
  const space = addressSpace();
  const why = space === undefined ? '' : `: ${describeAddressSpace(space)}`;
  throw new BackendError('wasm', `this machine refuses to reserve even 1 GiB of memory${why}`, { cause });
}

/** As many threads as asked for, or as the address space has room for. @throws BackendError if the caller insists on more */
function fittingThreads(asked: number, insists: boolean): number {
  const space = addressSpace();
  const most = space === undefined ? asked : threadsThatFit(space);
  if (space !== undefined && insists && most < asked)
    throw new BackendError(
      'wasm',
      `there is no room for ${asked} threads, only for ${most}: ${describeAddressSpace(space)}`,
    );
  return Math.min(asked, most);
}

function describe(threads: number, relaxed: boolean, shared: boolean): string {
  const simd = relaxed ? 'relaxed SIMD' : 'baseline SIMD';
  if (!shared)
    return `wasm: 1 thread, ${simd}, memory is not shared (the page is not cross-origin isolated, or sharing is off)`;
  return `wasm: ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${simd}, shared memory`;
}
