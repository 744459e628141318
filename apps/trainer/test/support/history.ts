import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventFileName } from '../../../../packages/train/src/events/event.ts';
import { shownScalars } from '../../../../packages/train/test/support/read-events.ts';

/** A run's history without what depends on the clock. */
export function history(out: string): Readonly<Record<string, unknown>>[] {
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), seconds: undefined }));
}

/** What TensorBoard shows of a run, without what depends on the clock. */
export function shownByTensorBoard(out: string): Map<string, Map<number, number>> {
  const files = readdirSync(out)
    .filter((name) => eventFileName.test(name))
    .toSorted();
  const shown = shownScalars(files.map((name) => readFileSync(join(out, name))));
  shown.delete('train/seconds');
  return shown;
}
