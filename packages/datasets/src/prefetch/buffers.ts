/** Buffers that caches of this thread hold. They are never moved to another thread. */
const kept = new WeakSet<ArrayBuffer>();

/** Marks the buffers of a value as kept: messages then copy them. */
export function keepBuffers(value: unknown): void {
  for (const { buffer } of viewsIn(value)) if (buffer instanceof ArrayBuffer) kept.add(buffer);
}

/** How many bytes the typed arrays of a value have together. Arrays of one buffer count once. */
export function bytesIn(value: unknown): number {
  const buffers = new Map(viewsIn(value).map((view) => [view.buffer, view.buffer.byteLength]));
  return [...buffers.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * The buffers of a value that a message can move without a copy: each belongs to one typed array as a whole, and no cache
 * keeps it. Node's small `Buffer`s share one buffer, and are copied.
 */
export function movableBuffers(value: unknown): ArrayBuffer[] {
  const movable = new Set<ArrayBuffer>();
  for (const { buffer, byteLength } of viewsIn(value)) {
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && !kept.has(buffer)) movable.add(buffer);
  }
  return [...movable];
}

/** All typed arrays in plain objects and lists, at any depth. */
function viewsIn(value: unknown, seen = new Set<object>()): ArrayBufferView[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  if (ArrayBuffer.isView(value)) return [value];
  return Object.values(value).flatMap((part) => viewsIn(part, seen));
}
