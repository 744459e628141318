import { markdownTable } from './markdown.ts';
import { median } from './timing.ts';

/** A target and its measured figures; no figures if the peer is not on the machine. */
export interface TargetRow {
  readonly what: string;
  readonly case: string | null;
  readonly peer: string | null;
  readonly unit: 'ms' | 'MB' | '%';
  readonly ours: number | null;
  readonly theirs: number | null;
  readonly ours_over_theirs: number | null;
  /** The largest allowed ratio; for a target without a peer, the largest allowed figure. */
  readonly target: number | null;
  readonly met: boolean | null;
}

/**
 * A line for each target. For several runs it shows the medians of the figures, and each run's ratio.
 *
 * @param runs the rows of each run, in the same order
 */
export function targetsTable(runs: readonly (readonly TargetRow[])[]): string {
  const [first = []] = runs;
  const lines = first.map((row, index) => {
    const all = runs.flatMap((rows) => rows[index] ?? []);
    const { what, peer, unit, target } = row;
    const figure = (of: 'ours' | 'theirs'): string =>
      shown(
        all.flatMap((one) => one[of] ?? []),
        unit,
      );
    const ratios = all.flatMap(({ ours_over_theirs }) => ours_over_theirs ?? []).map((ratio) => ratio.toFixed(2));
    const bound = target === null ? '' : `≤ ${target}${peer === null ? ` ${unit}` : ''}`;
    return [what, peer ?? '', figure('ours'), figure('theirs'), ratios.join(', '), bound, verdict(all)];
  });
  return markdownTable(['what', 'peer', 'ours', 'theirs', 'ours / theirs', 'target', 'met'], lines);
}

function shown(values: readonly number[], unit: string): string {
  if (values.length === 0) return '';
  const value = median(values);
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

function verdict(rows: readonly TargetRow[]): string {
  const decided = rows.flatMap(({ met }) => met ?? []);
  const times = decided.filter(Boolean).length;
  if (decided.length === 0) return '';
  if (times === decided.length) return 'yes';
  return times === 0 ? 'no' : `in ${times} of ${decided.length} runs`;
}
