import type { Failure } from './failure.ts';

/** What a page tells its worker. Orders are given one at a time, and answered by their number. */
export type Order =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly setup: unknown;
      /** Shared memory in which the number of an aborted order appears; none where memory cannot be shared. */
      readonly flag: Int32Array | undefined;
    }
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly request: unknown }
  | { readonly type: 'abort'; readonly id: number }
  /** The oldest report of progress was dealt with. */
  | { readonly type: 'seen'; readonly id: number };

/** What a worker tells its page. */
export type Answer =
  | { readonly type: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly failure: Failure };

/**
 * The memory of the arrays in a value (in arrays and plain objects, to any depth), to be handed over instead of copied.
 * Arrays that look at a part of their memory are left out, and so is shared memory.
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
