import type { Profile } from '@hypercorr/tensor';
import { mebibytes } from '@hypercorr/train';
import { formatTable } from '../../cli/text-table.ts';
import { inOperations } from './profile-model.ts';

/** The profile as a table. The slowest operation comes first, the time outside of operations last. */
export function profileTable({ milliseconds: all, operations }: Profile<void>): string {
  const share = (milliseconds: number): readonly string[] => [
    milliseconds.toFixed(2),
    `${((100 * milliseconds) / all).toFixed(1)} %`,
  ];
  const rows = operations.map(({ name, calls, milliseconds, bytesRead, bytesWritten }) => [
    ...[name, String(calls), ...share(milliseconds)],
    ...[mebibytes(bytesRead), mebibytes(bytesWritten)],
  ]);
  const calls = operations.reduce((sum, operation) => sum + operation.calls, 0);
  return formatTable([
    ['operation', 'calls', 'ms', 'share', 'read', 'written'],
    ...rows,
    ['outside of kernels', '', ...share(all - inOperations(operations)), '', ''],
    ['all', String(calls), ...share(all), '', ''],
  ]);
}

/** The fields that `--json` promises. */
export function profileJson({ milliseconds, operations }: Profile<void>) {
  return {
    milliseconds,
    operations: operations.map(({ bytesRead, bytesWritten, ...operation }) => ({
      ...operation,
      bytes_read: bytesRead,
      bytes_written: bytesWritten,
    })),
  };
}
