import { markdownTable } from '../markdown.ts';
import type { Counts } from './count.ts';

export function countsTable(all: Readonly<Record<string, Counts>>): string {
  const head = ['case', 'operations', 'kernel calls', 'multiply-adds', 'bytes moved', 'allocations', 'peak'];
  const rows = Object.entries(all).map(
    ([name, { dispatches, kernel_calls, multiply_adds, bytes_moved, allocations, peak_bytes }]) => [
      ...[
        `\`${name}\``,
        `${dispatches}`,
        `${kernel_calls}`,
        `${(multiply_adds / 1e9).toFixed(2)} G`,
        `${(bytes_moved / 1e9).toFixed(2)} GB`,
      ],
      ...[`${allocations}`, `${(peak_bytes / 1e6).toFixed(0)} MB`],
    ],
  );
  return markdownTable(head, rows);
}
