import { readFile, writeFile } from 'node:fs/promises';
import { findCase } from '../cases.ts';
import { countsOf, type Counts } from './count.ts';

/** A prediction and a training step, of the demo's network and of ResNet-50. */
export const countedCases = [
  ...['infer-1shot.tiny.160', 'train-step-b1.tiny.160'],
  ...[
    'infer-1shot.resnet50.400',
    'train-step-b1.resnet50.400',
    'learner.resnet50.400.full',
    'learner.resnet50.400.separable',
  ],
] as const;

export type CountedCase = (typeof countedCases)[number];

const file = new URL('../../expected-counts.json', import.meta.url);

/** The present counts of a case. */
export function countedNow(name: CountedCase): Counts {
  const benchCase = findCase(name);
  if (benchCase === undefined) throw new TypeError(`there is no case ${name}`);
  return countsOf(benchCase);
}

/** The counts of the cases at the last update. */
export async function expectedCounts(): Promise<Readonly<Record<string, Counts>>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, Counts>;
}

export async function updateExpectedCounts(counts: Readonly<Record<string, Counts>>): Promise<void> {
  // One line per kernel, so that a diff shows a change of algorithm.
  const text = JSON.stringify(counts, null, 2).replaceAll(
    /\{\s+"calls": (\d+),\s+"multiply_adds": (\d+)\s+\}/g,
    '{ "calls": $1, "multiply_adds": $2 }',
  );
  await writeFile(file, `${text}\n`);
}

/** A line for each changed count, with the change: `infer-1shot.tiny.160 allocations: 608 → 700 (+15.1 %)`. */
export function differences(name: string, expected: Counts | undefined, found: Counts): readonly string[] {
  if (expected === undefined) return [`${name}: there are no expected counts`];
  const [before, after] = [flat(expected), flat(found)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((count) => {
    const [from = 0, to = 0] = [before[count], after[count]];
    return from === to ? [] : [`${name} ${count}: ${from} → ${to}${change(from, to)}`];
  });
}

function change(from: number, to: number): string {
  const percent = (100 * (to - from)) / from;
  return from === 0 ? '' : ` (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`;
}

function flat({ kernels, ...totals }: Counts): Readonly<Record<string, number>> {
  const ofKernels = Object.entries(kernels).flatMap(([kernel, { calls, multiply_adds }]) => [
    [`calls of ${kernel}`, calls] as const,
    [`multiply_adds of ${kernel}`, multiply_adds] as const,
  ]);
  return { ...totals, ...Object.fromEntries(ofKernels) };
}

/** The advice beneath a list of differences. */
export const howToUpdate =
  'If the change is meant, `pnpm bench counts --update` writes the new counts to tools/bench/expected-counts.json.';
