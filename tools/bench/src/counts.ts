/**
 * pnpm bench counts [--update | --json]
 *
 * Counts the work of a prediction and a training step on wasm: operations, kernel calls, multiply-adds, bytes moved,
 * blocks of memory. No kernel runs, so the counts are the same on every machine. They are compared with
 * expected-counts.json, as in a test; --update writes them there.
 */
import { parseArgs } from 'node:util';
import { countsTable } from './counting/counts-table.ts';
import {
  countedCases,
  countedNow,
  differences,
  expectedCounts,
  howToUpdate,
  updateExpectedCounts,
} from './counting/expected.ts';

const { values } = parseArgs({
  options: { update: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const counts = Object.fromEntries(countedCases.map((name) => [name, countedNow(name)]));

if (values.json)
  for (const [name, count] of Object.entries(counts))
    process.stdout.write(`${JSON.stringify({ case: name, ...count })}\n`);
else process.stdout.write(countsTable(counts));

if (values.update) await updateExpectedCounts(counts);
else {
  const expected = await expectedCounts();
  const found = Object.entries(counts).flatMap(([name, count]) => differences(name, expected[name], count));
  if (found.length > 0) {
    process.stderr.write(`${found.join('\n')}\n${howToUpdate}\n`);
    process.exitCode = 1;
  }
}
