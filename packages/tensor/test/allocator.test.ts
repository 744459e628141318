import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allocator } from '../src/backends/wasm/allocator.ts';
import { BackendError } from '../src/errors.ts';

/** What blocks are aligned and padded to. */
const line = 64;
const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

function memoryOf(maximumBytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: maximumBytes / 65536, shared: true });
}

function allocatorAt(heapBase: number, maximumBytes = 4 * gibibyte) {
  const memory = memoryOf(maximumBytes);
  return { memory, allocator: new Allocator(memory, heapBase, maximumBytes) };
}

/** Requests of `bytes`; `free` gives back one of the blocks that are held, picked by `which`. */
const step = fc.oneof(fc.record({ bytes: fc.oneof(fc.nat(300), fc.nat(100_000)) }), fc.record({ free: fc.nat() }));

interface Block {
  readonly start: number;
  readonly bytes: number;
}

/** Carries out the steps, with `check` after each, and returns the blocks that are held at the end. */
function play(
  allocator: Allocator,
  steps: readonly ({ bytes: number } | { free: number })[],
  check: (held: readonly Block[]) => void,
): Block[] {
  const held: Block[] = [];
  for (const action of steps) {
    if ('bytes' in action) held.push({ start: allocator.allocate(action.bytes), bytes: action.bytes });
    else if (held.length > 0) for (const { start } of held.splice(action.free % held.length, 1)) allocator.free(start);
    check(held);
  }
  return held;
}

describe.each([
  ['from the front of the memory', 64],
  ['across 2 GiB', 2 * gibibyte - 50_000],
  ['above 3 GiB', 3 * gibibyte + 1],
])('blocks %s', (_, heapBase) => {
  it('are aligned, inside the memory, above the base, and apart from each other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { memory, allocator } = allocatorAt(heapBase);
        play(allocator, steps, (held) => {
          let end = heapBase;
          for (const { start, bytes } of held.toSorted((a, b) => a.start - b.start)) {
            expect(start % line).toBe(0);
            // The padding belongs to the block: kernels write into it.
            expect(start).toBeGreaterThanOrEqual(end);
            end = start + Allocator.sizeFor(bytes);
          }
          // Vector loads may run over the end of any block, the last one too.
          if (held.length > 0) expect(end).toBeLessThanOrEqual(memory.buffer.byteLength - line);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('merge when they are free again, in whatever order that happens', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const { memory, allocator } = allocatorAt(heapBase);
        const held = play(allocator, steps, () => {});
        while (held.length > 0) {
          const picked = order.next().value % held.length;
          for (const { start } of held.splice(picked, 1)) allocator.free(start);
        }
        // All of it is one block now: the largest request that fits without growing starts at the base.
        const base = Math.ceil(heapBase / line) * line;
        const have = memory.buffer.byteLength;
        if (have - line <= base) return;
        expect(allocator.allocate(have - line - base)).toBe(base);
        expect(memory.buffer.byteLength).toBe(have);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the allocator', () => {
  it('takes a hole before it grows', () => {
    const { allocator } = allocatorAt(64);
    const [first, second, third] = [1000, 2000, 3000].map((bytes) => allocator.allocate(bytes));
    allocator.free(second ?? NaN);
    expect(allocator.allocate(1500)).toBe(second);
    // What the smaller block left of the hole is used too.
    expect(allocator.allocate(400)).toBe((second ?? NaN) + Allocator.sizeFor(1500));
    expect(first).toBeLessThan(third ?? NaN);
  });

  it('gives every request at least one line of its own, empty ones too', () => {
    const { allocator } = allocatorAt(64);
    expect(allocator.allocate(0)).toBe(64);
    expect(allocator.allocate(0)).toBe(128);
    expect([0, 1, 64, 65].map(Allocator.sizeFor)).toEqual([64, 64, 64, 128]);
  });

  it('refuses a size that is no number, and goes on', () => {
    const { allocator } = allocatorAt(64);
    expect(() => allocator.allocate(NaN)).toThrow(BackendError);
    expect(allocator.allocate(100)).toBe(64);
  });

  it('refuses to free what it did not give out', () => {
    const { allocator } = allocatorAt(64);
    const start = allocator.allocate(100);
    allocator.free(start);
    expect(() => allocator.free(start)).toThrow(new BackendError('wasm', `nothing is allocated at address ${start}`));
  });

  it('says what was asked for and what there is when the memory is full, and goes on after that', () => {
    const { allocator } = allocatorAt(64, 8 * mebibyte);
    const start = allocator.allocate(5 * mebibyte);
    expect(() => allocator.allocate(4 * mebibyte)).toThrow(
      /^\[wasm\] out of memory: 4 MiB more are needed, \d MiB of at most 8 MiB are taken; free tensors/,
    );
    allocator.free(start);
    expect(allocator.allocate(6 * mebibyte)).toBe(start);
  });

  it('uses the memory up to its last line, which stays free for vectors that run over', () => {
    const { memory, allocator } = allocatorAt(64, 8 * mebibyte);
    expect(allocator.allocate(8 * mebibyte - 2 * line)).toBe(64);
    expect(memory.buffer.byteLength).toBe(8 * mebibyte);
    expect(() => allocator.allocate(1)).toThrow(BackendError);
  });
});
