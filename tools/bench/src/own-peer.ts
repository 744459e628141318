/**
 * node own-peer.ts THREADS
 *
 * Our WebAssembly engine as a peer (peers.ts): a process of its own that reads one case name per line on stdin and
 * answers with a line of JSON.
 */
import { createInterface } from 'node:readline';
import { init, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { findCase } from './cases.ts';
import type { Answer } from './peers.ts';
import { round, Stopwatch } from './timing.ts';

interface Prepared {
  readonly name: string;
  readonly engine: Engine;
  readonly watch: Stopwatch;
  readonly peakTensorBytes: number;
}

const threads = Number(process.argv[2]);
let prepared: Prepared | undefined;
for await (const name of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(name))}\n`);
await prepared?.engine.dispose();

async function answer(name: string): Promise<Answer | null> {
  const isNew = prepared?.name !== name;
  if (isNew) {
    await prepared?.engine.dispose();
    prepared = await prepare(name);
  }
  if (prepared === undefined) return null;
  return {
    ms: isNew ? prepared.watch.firstTime : prepared.watch.time(),
    peak_tensor_mb: round(prepared.peakTensorBytes / 1e6, 1),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** Each case has an engine of its own, so that no case finds memory left by another. */
async function prepare(name: string): Promise<Prepared | undefined> {
  const benchCase = findCase(name);
  if (benchCase === undefined) return undefined;
  // Plain SIMD: every machine of today has it, and the targets are stated for it.
  const engine = await init(wasm({ threads, simd: 'baseline' }));
  const run = benchCase.prepare(engine);
  run(); // kernels compile in the first run
  const before = engine.memory().bytes;
  engine.resetPeak();
  const watch = new Stopwatch(run);
  return { name, engine, watch, peakTensorBytes: engine.memory().peakBytes - before };
}
