/**
 * pnpm bench engine-load [THREADS]
 *
 * Prints the milliseconds until an engine has run one operation of every kernel module. The time includes starting
 * workers, and checking and compiling modules on every thread; only the imports are warm. Each measurement needs a new
 * process, because V8 keeps compiled code.
 */
import { conv4dFull } from '@hypercorr/conv4d';
import { hypercorrelation } from '@hypercorr/hsnet';
import { add, init, scope, zeros } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const start = performance.now();
const engine = await init(wasm({ threads: Number(process.argv[2] ?? 2), simd: 'baseline' }));
const started = performance.now();
scope(() => void add(zeros([1]), zeros([1])));
const first = performance.now();
scope(() => {
  const map = zeros([1, 1, 2, 2]);
  conv4dFull(hypercorrelation([map], [map]), zeros([1, 1, 1, 1, 1, 1]));
});
const all = performance.now();
process.stdout.write(
  `${JSON.stringify({ workers_ms: started - start, first_operation_ms: first - start, all_modules_ms: all - start })}\n`,
);
await engine.dispose();
