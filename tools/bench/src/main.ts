/**
 * pnpm bench [--case NAME]… [--threads N] [--runs N] [--peers | --peer NAME…] [--memory] [--json]
 *
 * Times our WebAssembly backend. With --peers it also times every other library on the machine, with --peer only the
 * named one. Libraries take turns, so that a noisy machine slows all alike. The ratio is the median over the runs of
 * ours / theirs. Each library has a process of its own. With --memory each library has a process for each case, and the
 * peak of its resident set is printed instead of times.
 */
import { parseArgs } from 'node:util';
import { caseNames, findCase } from './cases.ts';
import { environment } from './environment.ts';
import { measureInTurns, peakMemory, ratioOf, timingOf, type Times } from './measure.ts';
import { positive, refuse } from './options.ts';
import { findPeers, ownPeer, type PeerStart } from './peers.ts';
import { round } from './timing.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '7' },
    peers: { type: 'boolean', default: false },
    peer: { type: 'string', multiple: true },
    memory: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const threads = positive('threads', values.threads);
const runs = positive('runs', values.runs);
const chosen = values.case ?? caseNames;
const unknown = chosen.find((name) => findCase(name) === undefined);
if (unknown !== undefined)
  refuse(
    `there is no case ${unknown}; there are ${caseNames.join(', ')}, and episodes of other backbones, sizes and shots`,
  );
const where = environment();

const libraries = [ownPeer(threads), ...choosePeers(values.peers ? undefined : (values.peer ?? []))];
process.stderr.write(
  `${where.machine}, ${threads} thread(s); peers: ${
    libraries
      .slice(1)
      .map(({ name }) => name)
      .join(', ') || 'none'
  }\n`,
);
if (values.memory) for (const name of chosen) await reportMemory(name);
else await reportTimes();

async function reportTimes(): Promise<void> {
  const peers = libraries.map(({ start }) => start());
  for (const caseName of chosen) {
    const [ours, ...others] = await measureInTurns(
      peers.map((peer) => ({ peer, caseName })),
      runs,
    );
    if (ours === undefined) continue;
    const { peak_tensor_mb = null, peak_rss_mb } = ours.last;
    const timing = timingOf(ours);
    report({
      case: caseName,
      backend: 'wasm',
      threads,
      ...timing,
      gflops: gflops(ours),
      peak_tensor_mb,
      peak_rss_mb,
      ...where,
    });
    for (const theirs of others) {
      const both = { case: caseName, peer: theirs.peer.name, threads, ...timingOf(theirs), gflops: gflops(theirs) };
      report({ ...both, ours_over_theirs: ratioOf(ours, theirs), ...where });
    }
  }
  for (const peer of peers) peer.close();
}

async function reportMemory(caseName: string): Promise<void> {
  for (const library of libraries) {
    const megabytes = await peakMemory(library, caseName);
    if (megabytes !== undefined)
      report({ case: caseName, peer: library.name, threads, peak_rss_mb: megabytes, ...where });
  }
}

/** The peers of these names, or all available peers. */
function choosePeers(names: readonly string[] | undefined): readonly PeerStart[] {
  if (names?.length === 0) return [];
  const found = findPeers(threads);
  const missing = names?.find((name) => !found.some((peer) => peer.name === name));
  if (missing !== undefined)
    refuse(`there is no peer ${missing} here; there are ${found.map(({ name }) => name).join(', ')}`);
  return found.filter(({ name }) => names?.includes(name) ?? true);
}

function gflops(times: Times): number | null {
  const flops = findCase(times.caseName)?.flops ?? 0;
  return flops === 0 ? null : round(flops / timingOf(times).median_ms / 1e6, 1);
}

function report(line: Readonly<Record<string, string | number | null>>): void {
  if (values.json) return void process.stdout.write(`${JSON.stringify(line)}\n`);
  const who = String(line.peer ?? `wasm, ${line.threads} thread(s)`).padEnd(20);
  const time = line.median_ms === undefined ? '' : `${line.median_ms} ms`.padStart(13);
  const memory = line.peak_tensor_mb === undefined ? '' : `${line.peak_tensor_mb} MB`.padStart(12);
  const resident = line.median_ms === undefined ? `${line.peak_rss_mb} MB resident`.padStart(18) : '';
  const speed = line.gflops === undefined || line.gflops === null ? '' : `${line.gflops} GFLOP/s`.padStart(16);
  const ratio = line.ours_over_theirs === undefined ? '' : `  ours / theirs ${line.ours_over_theirs}`;
  process.stdout.write(`${String(line.case).padEnd(38)} ${who}${time}${memory}${resident}${speed}${ratio}\n`);
}
