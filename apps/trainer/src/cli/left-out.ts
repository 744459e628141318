import type { Dataset, LeftOut } from '@hypercorr/datasets';
import { counted, type Log } from '@hypercorr/train';

/** What is left out of data, as `--json` and reports tell it. */
export interface LeftOutSummary {
  readonly count: number;
  readonly first: string;
  readonly reason: string;
}

/**
 * Warns once of everything that is left out of data: photographs that are missing, masks that cannot be read, annotations that are ignored.
 *
 * @returns undefined where nothing is left out
 */
export function warnOfLeftOut({ root, leftOut = [] }: Dataset, log: Pick<Log, 'warn'>): LeftOutSummary | undefined {
  const summary = summaryOf(leftOut);
  if (summary !== undefined)
    log.warn(`left out of ${root}: ${inWords(summary)}; hypercorr datasets check lists all that is wrong`);
  return summary;
}

function summaryOf(leftOut: readonly LeftOut[]): LeftOutSummary | undefined {
  const [first] = leftOut;
  return (
    first && { count: leftOut.reduce((sum, { count = 1 }) => sum + count, 0), first: first.file, reason: first.message }
  );
}

/** "20 photographs, masks or annotations, the first: images/3.jpg: it is missing" */
export function inWords({ count, first, reason }: LeftOutSummary): string {
  return `${counted(count, 'photograph, mask or annotation', 'photographs, masks or annotations')}, the first: ${reason.startsWith(first) ? reason : `${first}: ${reason}`}`;
}
