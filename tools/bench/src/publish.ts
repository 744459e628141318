/**
 * pnpm bench publish [--measure]
 *
 * Writes the tables of README.md and docs/performance.md: the targets, from their last three runs in bench/results, and
 * the counts. It also shows docs/curves.svg there, if that file exists. With --measure it measures first: the targets
 * three times, each in a process of its own, and the curves. That takes twenty minutes on an otherwise idle machine.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { expectedCounts } from './counting/expected.ts';
import { countsTable } from './counting/counts-table.ts';
import { replaceBetween } from './markdown.ts';
import { targetsTable, type TargetRow } from './target-rows.ts';
import { limits, targets } from './targets.ts';

/** A row as bench/results stores it. */
interface KeptRow extends TargetRow {
  readonly date: string;
  readonly threads: number;
  readonly runs: number;
  readonly commit: string;
  readonly machine: string;
}

const shownRuns = 3;
const root = new URL('../../../', import.meta.url);
const results = new URL('bench/results/', root);

const { values } = parseArgs({ options: { measure: { type: 'boolean', default: false } } });
if (values.measure) {
  for (let i = 0; i < shownRuns; i += 1) start('targets-table.ts');
  start('curves.ts');
}
const runs = (await wholeRuns()).slice(-shownRuns);
const [last] = runs.at(-1) ?? [];
if (last === undefined)
  throw new Error('bench/results has no run of all targets; pnpm bench publish --measure makes some');
const commits = new Set(runs.flatMap((rows) => rows.map(({ commit }) => commit)));
const origin = `${last.machine}; ${last.threads} threads, medians of ${last.runs} rounds, ${runs.length} separate runs; commit ${[...commits].join(', ')}.`;
const table = `\n${targetsTable(runs)}\n${origin}\n`;
await write('README.md', { targets: table });
const curves = existsSync(new URL('docs/curves.svg', root))
  ? '\n![Seconds of a prediction against its size and its shots, beside the multiply-adds](curves.svg)\n\n'
  : '';
await write('docs/performance.md', { targets: table, curves, counts: `\n${countsTable(await expectedCounts())}\n` });

function start(program: string): void {
  const file = fileURLToPath(new URL(program, import.meta.url));
  execFileSync(process.execPath, ['--conditions=source', '--import', 'tsx', file], { stdio: ['ignore', 2, 2] });
}

/** The runs of all targets, the oldest first. */
async function wholeRuns(): Promise<readonly (readonly KeptRow[])[]> {
  const files = (await readdir(results)).filter((name) => name.endsWith('-targets.jsonl')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, results), 'utf8')));
  const rows = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as KeptRow);
  const dates = [...new Set(rows.map(({ date }) => date))];
  // Runs of only a few targets are skipped.
  const whole = targets.length + Object.keys(limits).length;
  return dates.map((date) => rows.filter((row) => row.date === date)).filter(({ length }) => length === whole);
}

async function write(path: string, parts: Readonly<Record<string, string>>): Promise<void> {
  const file = new URL(path, root);
  const text = Object.entries(parts).reduce(
    (document, [name, part]) => replaceBetween(document, name, part),
    await readFile(file, 'utf8'),
  );
  await writeFile(file, text);
  process.stderr.write(`wrote the tables of ${path}\n`);
}
