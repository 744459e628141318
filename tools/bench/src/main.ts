/**
 * pnpm bench [--case NAME]… [--threads N] [--runs N] [--peers | --peer NAME…] [--json]
 *
 * Times our WebAssembly backend; with --peers also every other library that the machine has, with --peer just the one
 * of that name, in turns with ours, so that a noisy machine slows both alike. The ratio is the median over the runs of
 * ours / theirs.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { init, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { BenchCase } from './case.ts';
import { cases } from './cases.ts';
import { findPeers, type Peer, type PeerStart } from './peers.ts';
import { median, repetitions, round, summarise, time } from './timing.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '7' },
    peers: { type: 'boolean', default: false },
    peer: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});

const threads = positive('threads', values.threads);
const runs = positive('runs', values.runs);
const chosen = chooseCases(values.case);
const commit = currentCommit();
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} processors, Node ${process.versions.node}`;

// Plain SIMD: what every machine of today has, and what the targets are stated for.
const engine = await init(wasm({ threads, simd: 'baseline' }));
const peers = await startPeers(values.peers ? undefined : (values.peer ?? []));
process.stderr.write(`${engine.description}; peers: ${peers.map(({ name }) => name).join(', ') || 'none'}\n`);
for (const benchCase of chosen) await measure(benchCase);
for (const peer of peers) peer.close();
await engine.dispose();

async function measure(benchCase: BenchCase): Promise<void> {
  const run = benchCase.prepare(engine);
  run(); // kernels compile in the first run
  const tensorMegabytes = peakOf(run);
  const count = repetitions(run);
  for (const peer of peers) await peer.time(benchCase.name);
  const ours: number[] = [];
  const theirs = peers.map((): number[] => []);
  for (let i = 0; i < runs; i += 1) {
    await rest();
    ours.push(time(run, count));
    for (const [p, peer] of peers.entries()) {
      await rest();
      const milliseconds = await peer.time(benchCase.name);
      if (milliseconds !== undefined) theirs[p]?.push(milliseconds);
    }
  }
  const timing = summarise(ours);
  // Of this process until now: it says something of a case that runs alone, without peers.
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  report({
    ...{ case: benchCase.name, backend: 'wasm', threads, ...timing },
    ...{ gflops: gflops(benchCase, timing.median_ms), peak_tensor_mb: tensorMegabytes, peak_rss_mb: peakMegabytes, commit, machine },
  });
  for (const [p, peer] of peers.entries()) {
    const times = theirs[p] ?? [];
    if (times.length === 0) continue;
    const ratio = median(times.map((their, i) => (ours[i] ?? NaN) / their));
    const peerTiming = summarise(times);
    report({ case: benchCase.name, peer: peer.name, ...peerTiming, gflops: gflops(benchCase, peerTiming.median_ms), ours_over_theirs: round(ratio), commit, machine });
  }
}

/** The most that the tensors of one run take at a time, beside those that were there before it. */
function peakOf(run: () => void): number {
  const before = engine.memory().bytes;
  engine.resetPeak();
  run();
  return round((engine.memory().peakBytes - before) / 1e6, 1);
}

/** Threads of other libraries keep spinning for some ten milliseconds after their work, and would slow the next one down. */
function rest(): Promise<void> {
  return peers.length > 0 ? setTimeout(150) : Promise.resolve();
}

/** The peers of these names, or all that there are. */
async function startPeers(names: readonly string[] | undefined): Promise<readonly Peer[]> {
  const found: readonly PeerStart[] = [{ name: 'hypercorr-1-thread', start: oneThread }, ...findPeers(threads)];
  const unknown = names?.find((name) => !found.some((peer) => peer.name === name));
  if (unknown !== undefined) refuse(`there is no peer ${unknown} here; there are ${found.map(({ name }) => name).join(', ')}`);
  return Promise.all(found.filter(({ name }) => names?.includes(name) ?? true).map(({ start }) => start()));
}

/** Our own engine on one thread, as a peer: what the second thread brings. */
async function oneThread(): Promise<Peer> {
  const single: Engine = await init(wasm({ threads: 1, simd: 'baseline' }));
  const prepared = new Map<string, { run: () => void; count: number }>();
  return {
    name: 'hypercorr-1-thread',
    async time(name) {
      const benchCase = cases.find((candidate) => candidate.name === name);
      if (benchCase === undefined) return undefined;
      const known = prepared.get(name);
      if (known !== undefined) return time(known.run, known.count);
      const run = benchCase.prepare(single);
      run();
      prepared.set(name, { run, count: repetitions(run) });
      return undefined;
    },
    close: () => void single.dispose(),
  };
}

/** The commit that is timed; outside of a checkout there is none. */
function currentCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function gflops({ flops }: BenchCase, milliseconds: number): number | null {
  return flops === 0 ? null : round(flops / milliseconds / 1e6, 1);
}

function report(line: Readonly<Record<string, string | number | null>>): void {
  if (values.json) return void process.stdout.write(`${JSON.stringify(line)}\n`);
  const who = String(line.peer ?? `wasm, ${line.threads} thread(s)`).padEnd(20);
  const speed = line.gflops === null ? '' : `${line.gflops} GFLOP/s`.padStart(16);
  const ratio = line.ours_over_theirs === undefined ? '' : `  ours / theirs ${line.ours_over_theirs}`;
  const memory = line.peak_tensor_mb === undefined ? '' : `${line.peak_tensor_mb} MB`.padStart(12);
  process.stdout.write(`${String(line.case).padEnd(30)} ${who} ${String(line.median_ms).padStart(10)} ms${memory}${speed}${ratio}\n`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return refuse(`--${name} takes a positive whole number, got ${text}`);
}

function chooseCases(names: readonly string[] | undefined): readonly BenchCase[] {
  const unknown = names?.find((name) => !cases.some((candidate) => candidate.name === name));
  if (unknown !== undefined) refuse(`there is no case ${unknown}; there are ${cases.map(({ name }) => name).join(', ')}`);
  return names === undefined ? cases : cases.filter(({ name }) => names.includes(name));
}

function refuse(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
