import type { Failure } from './failure.ts';

/** A message from a page to its worker. A page sends one order at a time; the answer carries the order's number. */
export type Order =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly setup: unknown;
      /** Shared memory that holds the number of an aborted order; left out if memory cannot be shared. */
      readonly flag: Int32Array | undefined;
    }
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly request: unknown }
  | { readonly type: 'abort'; readonly id: number }
  /** The page has handled the oldest report of progress. */
  | { readonly type: 'seen'; readonly id: number };

/** A message from a worker to its page. */
export type Answer =
  | { readonly type: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly failure: Failure };

/**
 * The memory of the arrays in a value (in arrays and plain objects, to any depth), to transfer instead of copying it.
 * Arrays that use only a part of their memory are left out, and so is shared memory.
 */
export function ownedBuffers(value: unknown): ArrayBuffer[] {
  const visited = new Set<object>();
  collect(value, visited);
  return [...visited].filter((each) => each instanceof ArrayBuffer);
}

function collect(value: unknown, visited: Set<object>): void {
  if (typeof value !== 'object' || value === null || visited.has(value)) return;
  visited.add(value);
  if (!ArrayBuffer.isView(value)) for (const child of Object.values(value)) collect(child, visited);
  else if (value.byteLength === value.buffer.byteLength) visited.add(value.buffer);
}
