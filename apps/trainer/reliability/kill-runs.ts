import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { DiskFault, Operation } from '../../../packages/train/test/support/disk-faults.ts';

/** The command as it is installed; it runs what `build` made. */
const program = fileURLToPath(new URL('../bin/hypercorr.js', import.meta.url));
/** The same on a disk with a fault, in TypeScript. */
const faultyProgram = fileURLToPath(new URL('on-faulty-disk.mts', import.meta.url));
/** Where it lies in JavaScript, which starts in a fraction of the time. */
const bundleIn = (folder: string): string => join(folder, 'on-faulty-disk.mjs');

export interface KillOptions {
  /** Options of `hypercorr train`, without `--out`. */
  readonly train: readonly string[];
  /** A folder for runs, which is there. */
  readonly folder: string;
  /** How many programs are killed. */
  readonly kills: number;
  /** Uniform in [0, 1): when and where. */
  readonly random: () => number;
  /** Told of every run that came to its end. */
  readonly onRun?: (run: { readonly killed: number; readonly kills: number }) => void;
}

/**
 * Trains, and has the program killed (SIGKILL) at random points, half of them at a random moment, half in the middle of a
 * random operation on the run's files; goes on each time with what is there, until the run is whole, and begins the next.
 *
 * @throws Error when a run cannot go on, or ends otherwise than one that was never killed, in any bit of its history,
 * checkpoints or pictures, or with half a file left
 */
export async function killRuns({
  train,
  folder,
  kills,
  random,
  onRun,
}: KillOptions): Promise<{ readonly runs: number }> {
  await build({
    entryPoints: [faultyProgram],
    outfile: bundleIn(folder),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    logLevel: 'silent',
  });
  const whole = join(folder, 'whole');
  const start = performance.now();
  const { stderr } = await mustEnd(onFaultyDisk(folder, whole, Number.MAX_SAFE_INTEGER), [...train, '--out', whole]);
  const duration = performance.now() - start;
  const operations = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as readonly Operation[];
  let [killed, runs] = [0, 0];
  while (killed < kills) {
    const out = join(folder, `run-${runs}`);
    let times = 0;
    while (killed < kills) {
      const fault = random() < 0.5 ? { at: drawOperation(operations, random) } : { milliseconds: random() * duration };
      if (!(await isKilled(folder, commandFor(train, out), out, fault))) break;
      killed += 1;
      times += 1;
    }
    await mustEnd([program], commandFor(train, out));
    expectEqual(whole, out);
    runs += 1;
    onRun?.({ killed: times, kills: killed });
  }
  return { runs };
}

/** The number of an operation: every kind is as likely as any other, though most are writes of pieces of checkpoints. */
function drawOperation(operations: readonly Operation[], random: () => number): number {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const kind = pick([...new Set(operations)]);
  return pick(operations.flatMap((operation, at) => (operation === kind ? [at] : []))) ?? 0;
}

/** What a user does: goes on where a run has begun, and begins one where none has. */
function commandFor(train: readonly string[], out: string): string[] {
  return existsSync(join(out, 'config.json')) ? ['--out', out, '--resume'] : [...train, '--out', out];
}

type Kill = { readonly at: number } | { readonly milliseconds: number };

/** @returns false when it came to its end before */
async function isKilled(folder: string, options: readonly string[], out: string, kill: Kill): Promise<boolean> {
  const ended =
    'at' in kill
      ? await run(onFaultyDisk(folder, out, kill.at), options)
      : await run([program], options, kill.milliseconds);
  if (ended.signal === 'SIGKILL') return true;
  if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
  return false;
}

/** What runs the command and kills it in the middle of an operation on the files of a run. */
function onFaultyDisk(folder: string, run: string, at: number): string[] {
  const fault = { folder: run, at, effect: 'kill' } satisfies DiskFault;
  return [bundleIn(folder), pathToFileURL(program).href, JSON.stringify(fault)];
}

async function mustEnd(command: readonly string[], options: readonly string[]): Promise<Ended> {
  const ended = await run(command, options);
  if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
  return ended;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function run(command: readonly string[], options: readonly string[], milliseconds?: number): Promise<Ended> {
  const child = spawn(process.execPath, [...command, 'train', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const timer = milliseconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), milliseconds);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr });
    });
  });
}

/** Everything of a run but what tells the time or its folder: TensorBoard's events, `config.json` and the report. */
function expectEqual(whole: string, out: string): void {
  const timeless = /^(events\.|config\.json$|report\.html$)/;
  const names = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !timeless.test(name))
      .toSorted();
  const [expected, found] = [names(whole), names(out)];
  if (expected.join() !== found.join())
    throw new Error(`${out} holds ${found.join(', ')}; it should hold ${expected.join(', ')}`);
  for (const name of expected.filter((each) => /\.\w+$/.test(each))) {
    const [a, b] = [whole, out].map((folder) => content(join(folder, name)));
    if (a === undefined || b === undefined || !a.equals(b))
      throw new Error(`${join(out, name)} is not the one of a run that was never killed`);
  }
}

function content(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.jsonl') ? Buffer.from(bytes.toString().replace(/"seconds":[\d.e-]+/g, '')) : bytes;
}
