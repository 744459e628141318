// `pnpm fuzz [--inputs N] [--seed N]`: prints a line for each reader.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzz, type FuzzResult } from './fuzz.ts';
import { readers } from './readers.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    // The program starts itself with this option: each reader runs in a process of its own, so that its memory is
    // measured alone.
    only: { type: 'string' },
  },
});
const [inputs, seed] = [whole('inputs', values.inputs), whole('seed', values.seed)];

if (values.only === undefined) {
  for (const { name } of readers) runAlone(name);
} else {
  const reader = readers.find(({ name }) => name === values.only);
  if (reader === undefined) throw new Error(`there is no reader ${values.only}`);
  const before = peakMemory();
  const start = performance.now();
  const result = await fuzz(reader, { inputs, seed });
  console.log(describe(result, (performance.now() - start) / 1000, before));
}

function runAlone(name: string): void {
  const { status } = spawnSync(
    process.execPath,
    [
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      '--inputs',
      String(inputs),
      '--seed',
      String(seed),
      '--only',
      name,
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exitCode = 1;
}

function describe({ reader, inputs, accepted, refused, slowest }: FuzzResult, seconds: number, before: number): string {
  const counts = `${inputs} inputs, ${accepted} accepted, ${refused} refused`;
  return `${reader.padEnd(14)}  ${counts}, slowest ${slowest.toFixed(1)} ms, peak memory ${peakMemory()} MiB (${before} before), ${seconds.toFixed(0)} s`;
}

/** Peak memory of the process so far, in MiB. */
function peakMemory(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new Error(`--${name} takes a whole number from 1; got ${text}`);
  return Number(text);
}
