/**
 * pnpm bench targets [--case NAME]… [--runs N] [--threads N] [--json]
 *
 * Measures every target of targets.ts, or the targets of the named cases, prints a table of them, and appends the
 * figures to bench/results. A row says if its peer is not on this machine.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DispatchShare } from './dispatch-share.ts';
import { environment, keepResults } from './environment.ts';
import { measureInTurns, peakMemory, ratioOf, timingOf } from './measure.ts';
import { positive, refuse } from './options.ts';
import { findPeers, ownPeer, type Peer } from './peers.ts';
import { targetsTable, type TargetRow } from './target-rows.ts';
import { limits, targets, type Limit, type RatioTarget } from './targets.ts';
import { median, round } from './timing.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const runs = positive('runs', values.runs);
const threads = positive('threads', values.threads);
const own = ownPeer(threads);
const chosen = targets.filter(({ caseName }) => values.case?.includes(caseName) ?? true);
const unknown = values.case?.find((name) => !targets.some(({ caseName }) => caseName === name));
if (unknown !== undefined)
  refuse(
    `there is no target of ${unknown}; there are some of ${[...new Set(targets.map(({ caseName }) => caseName))].join(', ')}`,
  );
const starts = new Map([own, ...findPeers(threads)].map((start) => [start.name, start]));

const started = new Date();
const where = { date: started.toISOString(), threads, runs, ...environment() };
const rows = [...(await timeRows()), ...(await memoryRows()), ...(values.case === undefined ? ownRows() : [])];
const path = await keepResults(
  'targets',
  rows.map((row) => ({ ...row, ...where })),
);
if (values.json) for (const row of rows) process.stdout.write(`${JSON.stringify({ ...row, ...where })}\n`);
else process.stdout.write(targetsTable([rows]));
const seconds = Math.round((Date.now() - started.getTime()) / 1000);
process.stderr.write(
  `${rows.filter(({ met }) => met === true).length} of ${rows.filter(({ met }) => met !== null).length} targets met, in ${seconds} s; appended to ${path}\n`,
);

async function timeRows(): Promise<TargetRow[]> {
  const timed = chosen.filter((target) => target.of === 'time');
  const peers = new Map<string, Peer>();
  for (const name of [own.name, ...timed.map(({ peer }) => peer)]) {
    const start = starts.get(name);
    if (start !== undefined && !peers.has(name)) peers.set(name, start.start());
  }
  const found: TargetRow[] = [];
  for (const caseName of new Set(timed.map((target) => target.caseName))) {
    const rivals = timed.filter((target) => target.caseName === caseName);
    found.push(...(await race(caseName, rivals, peers)));
  }
  for (const peer of peers.values()) peer.close();
  return found;
}

/** Measures the targets of one case: ours and all rivals in turns. */
async function race(
  caseName: string,
  rivals: readonly RatioTarget[],
  peers: ReadonlyMap<string, Peer>,
): Promise<TargetRow[]> {
  process.stderr.write(`${caseName}…\n`);
  const contestants = [
    { name: own.name, caseName },
    ...rivals.map(({ peer, peerCase = caseName }) => ({ name: peer, caseName: peerCase })),
  ];
  const times = await measureInTurns(
    contestants.flatMap(({ name, caseName: asked }) => {
      const peer = peers.get(name);
      return peer === undefined ? [] : [{ peer, caseName: asked }];
    }),
    runs,
  );
  const [ours] = times;
  return rivals.map((target) => {
    const theirs = times.find(({ peer }) => peer.name === target.peer);
    if (ours === undefined || theirs === undefined) return ratioRow(target);
    return ratioRow(target, timingOf(ours).median_ms, timingOf(theirs).median_ms, ratioOf(ours, theirs));
  });
}

/** Measures each of the two in a process that does nothing else. */
async function memoryRows(): Promise<TargetRow[]> {
  const found: TargetRow[] = [];
  for (const target of chosen.filter(({ of }) => of === 'memory')) {
    process.stderr.write(`${target.what}…\n`);
    const peer = starts.get(target.peer);
    const [ours, theirs] = [
      await peakMemory(own, target.caseName),
      peer && (await peakMemory(peer, target.peerCase ?? target.caseName)),
    ];
    found.push(
      ours === undefined || theirs === undefined
        ? ratioRow(target)
        : ratioRow(target, ours, theirs, round(ours / theirs)),
    );
  }
  return found;
}

/** Measures the figures without a peer. */
function ownRows(): TargetRow[] {
  const program = (name: string, ...args: readonly string[]): string =>
    execFileSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', fileURLToPath(new URL(name, import.meta.url)), ...args],
      { encoding: 'utf8' },
    );
  process.stderr.write('load, and dispatch…\n');
  const loads = Array.from(
    { length: runs },
    () => (JSON.parse(program('engine-load.ts', String(threads))) as { all_modules_ms: number }).all_modules_ms,
  );
  const share = JSON.parse(
    program(
      'dispatch-share.ts',
      '--case',
      'train-step-b1.resnet50.400',
      '--runs',
      '3',
      '--threads',
      String(threads),
      '--json',
    ),
  ) as DispatchShare;
  return [limitRow(limits.engineLoad, median(loads)), limitRow(limits.dispatch, 100 * share.share)];
}

/** The row has no figures if the peer is not on this machine. */
function ratioRow(wanted: RatioTarget, ours?: number, theirs?: number, ratio?: number): TargetRow {
  const { what, caseName, peer, of, target } = wanted;
  return {
    what,
    case: caseName,
    peer,
    unit: of === 'time' ? 'ms' : 'MB',
    ours: ours ?? null,
    theirs: theirs ?? null,
    ours_over_theirs: ratio ?? null,
    target: target ?? null,
    met: target === undefined || ratio === undefined ? null : ratio <= target,
  };
}

function limitRow({ what, unit, limit }: Limit, value: number): TargetRow {
  return {
    what,
    case: null,
    peer: null,
    unit,
    ours: round(value),
    theirs: null,
    ours_over_theirs: null,
    target: limit,
    met: value <= limit,
  };
}
