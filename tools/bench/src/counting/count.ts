import { Engine } from '@hypercorr/tensor';
import type { BenchCase } from '../case.ts';
import { CountingBackend, type CountedDispatch } from './counting-backend.ts';

/** The work of the kernels of one name. */
export interface KernelCounts {
  readonly calls: number;
  readonly multiply_adds: number;
}

/** The work of one run of a case on wasm, the same on every machine. */
export interface Counts {
  /** Operations that run kernels. */
  readonly dispatches: number;
  readonly kernel_calls: number;
  /** Blocks of memory taken, for tensors and for workspaces. */
  readonly allocations: number;
  /** The most bytes of these blocks at one time, including the model's. */
  readonly peak_bytes: number;
  /** For each operation its inputs and its output once, its workspaces twice. */
  readonly bytes_moved: number;
  /** The multiply-adds of the chosen algorithms. No support position counts as masked. */
  readonly multiply_adds: number;
  readonly kernels: Readonly<Record<string, KernelCounts>>;
}

/** Operations that form products. Each has a kernel that reports its multiply-adds. */
const products: ReadonlySet<string> = new Set([
  ...['matmul', 'conv2d', 'conv2dInputGradient', 'conv2dWeightGradient'],
  ...['conv4d', 'conv4dInputGradient', 'conv4dWeightGradient', 'hypercorrelation'],
]);

/**
 * Counts the work of one run of a case, without computing anything.
 *
 * @throws TypeError for an operation that forms products but whose kernels report no multiply-adds
 */
export function countsOf(benchCase: BenchCase): Counts {
  let dispatches: CountedDispatch[] = [];
  const backend = new CountingBackend((dispatch) => dispatches.push(dispatch));
  const run = benchCase.prepare(new Engine(backend));
  run(); // what is made once: folded weights, an optimiser's state
  dispatches = [];
  backend.resetPeak();
  const before = backend.allocations;
  run();
  const silent = dispatches.find(
    ({ op, steps }) => products.has(op) && steps.length > 0 && multiplyAddsOf(steps) === 0,
  );
  if (silent !== undefined)
    throw new TypeError(`the steps of ${silent.op} do not say how many multiplyAdds they do (WasmStep.multiplyAdds)`);
  const steps = dispatches.flatMap((dispatch) => dispatch.steps);
  return {
    dispatches: dispatches.length,
    kernel_calls: steps.length,
    allocations: backend.allocations - before,
    peak_bytes: backend.peakBytes,
    bytes_moved: dispatches.reduce((sum, { bytesMoved }) => sum + bytesMoved, 0),
    multiply_adds: multiplyAddsOf(steps),
    kernels: byKernel(steps),
  };
}

type Steps = CountedDispatch['steps'];

function multiplyAddsOf(steps: Steps): number {
  return steps.reduce((sum, { multiplyAdds = 0 }) => sum + multiplyAdds, 0);
}

function byKernel(steps: Steps): Record<string, KernelCounts> {
  const counts: Record<string, KernelCounts> = {};
  for (const { entry, multiplyAdds = 0 } of steps) {
    const { calls, multiply_adds } = counts[entry] ?? { calls: 0, multiply_adds: 0 };
    counts[entry] = { calls: calls + 1, multiply_adds: multiply_adds + multiplyAdds };
  }
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
