import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Engine,
  childKeys,
  fold,
  key,
  normal,
  permutation,
  read,
  readSync,
  uniform,
  uniformNumbers,
  type Key,
} from '../src/index.ts';
import { threefry } from '../src/random.ts';
import { gpu } from '../src/gpu.ts';
import { wasm } from '../src/wasm.ts';

const otherEngines = [new Engine(await wasm({ threads: 2 })()), new Engine(await gpu({ mode: 'cpu' })())];
afterAll(() => Promise.all(otherEngines.map((engine) => engine.dispose())));

const keys = fc.record({ high: fc.nat(0xffffffff), low: fc.nat(0xffffffff) });
const text = ({ high, low }: Key): string => `${high}:${low}`;

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Of two lists of numbers, from -1 to 1; for independent lists of n numbers it is about 1/√n. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const [x, y] = [Array.from(a, (value) => value - meanA), Array.from(b, (value) => value - meanB)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('threefry', () => {
  // The known answers for threefry2x32 with 20 rounds that come with the authors' Random123 library.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('of counter %j under key %j is %j', ([counter0, counter1], [high, low], words) => {
    expect(threefry({ high, low }, counter0, counter1)).toEqual(words);
  });

  it('gives other words for every counter', () => {
    const words = new Set(Array.from({ length: 4096 }, (_, i) => threefry(key(5), i, 0).join()));
    expect(words.size).toBe(4096);
  });
});

describe('a key', () => {
  it('differs for every seed, negative and large ones too', () => {
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => text(key(seed)))).size).toBe(seeds.length);
  });

  it.each([0.5, NaN, Infinity, 2 ** 53])('is not made from %d', (seed) => {
    expect(() => key(seed)).toThrow(`[key] a seed is a safe integer, got ${seed}`);
  });

  it('has no two children alike, by split or by fold', () => {
    fc.assert(
      fc.property(keys, (parent) => {
        const children = [parent, ...childKeys(parent, 100), ...Array.from({ length: 100 }, (_, i) => fold(parent, i))];
        expect(new Set(children.map(text)).size).toBe(201);
      }),
      { numRuns: 20 },
    );
  });

  it('does not show its children in its own numbers', () => {
    fc.assert(
      fc.property(keys, (parent) => {
        const shown = new Set(uniformNumbers(parent, 20).map((u) => u * 2 ** 24));
        const children = [...childKeys(parent, 10), ...Array.from({ length: 10 }, (_, i) => fold(parent, i))];
        // By chance one in fifty thousand parents would; the seed is fixed.
        expect(children.flatMap(({ high, low }) => [high, low]).filter((word) => shown.has(word >>> 8))).toEqual([]);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('gives the same first children however many are split off', () => {
    expect(childKeys(key(3), 5).slice(0, 2)).toEqual(childKeys(key(3), 2));
    expect(childKeys(key(3), 0)).toEqual([]);
  });

  it("has children whose numbers have nothing to do with its own or each other's", () => {
    const parent = key(11);
    const lists = [parent, ...childKeys(parent, 3), fold(parent, 0), fold(parent, 1), key(12)].map((from) =>
      uniformNumbers(from, 10_000),
    );
    for (const [i, a] of lists.entries()) {
      // Five standard deviations of the correlation of independent lists; the seeds are fixed.
      for (const b of lists.slice(0, i)) expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(10_000));
    }
  });

  it.each([-1, 0.5, 2 ** 32])('has no child number %d', (number) => {
    expect(() => fold(key(1), number)).toThrow(`[fold] a child's number is a whole number below 2^32, got ${number}`);
  });
});

describe('uniform numbers', () => {
  it('are multiples of 2⁻²⁴ in [0, 1), and a longer list starts like a shorter one', () => {
    fc.assert(
      fc.property(keys, fc.nat(50), (from, count) => {
        const numbers = uniformNumbers(from, count);
        expect(numbers).toHaveLength(count);
        for (const u of numbers) expect(u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24)).toBe(true);
        expect(uniformNumbers(from, count + 3).subarray(0, count)).toEqual(numbers);
      }),
    );
  });

  it('fill all of the interval evenly', () => {
    const counts = Array.from({ length: 64 }, () => 0);
    const total = 64_000;
    for (const u of uniformNumbers(key(7), total)) counts[Math.floor(64 * u)] = (counts[Math.floor(64 * u)] ?? 0) + 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: between these with probability 0.999.
    expect(chiSquare).toBeGreaterThan(32);
    expect(chiSquare).toBeLessThan(108);
  });

  it('stay below `max`, also where float32 would round up to it', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 5 }), (from, min, width) => {
        const max = min + width;
        for (const value of readSync(uniform(from, [64], { min, max }))) expect(value >= min && value < max).toBe(true);
      }),
    );
    // At 1024 every number above 1 − 2⁻¹⁴ rounds up: one in 16384.
    const values = readSync(uniform(key(2), [100_000], { min: 1024, max: 1025 }));
    expect(values.reduce((a, b) => Math.max(a, b))).toBeLessThan(1025);
  });
});

describe('normal numbers', () => {
  it('have the moments of a normal distribution', () => {
    const total = 100_000;
    const values = readSync(normal(key(13), [total]));
    const moment = (power: number) => mean(values.map((value) => value ** power));
    // Five standard deviations of each estimate; the seed is fixed.
    const near = (value: number, expected: number, variance: number) =>
      expect(Math.abs(value - expected)).toBeLessThan(5 * Math.sqrt(variance / total));
    near(moment(1), 0, 1);
    near(moment(2), 1, 2);
    near(moment(3), 0, 15);
    near(moment(4), 3, 96);
    near(mean(values.map((value) => Number(Math.abs(value) < 1))), 0.6827, 0.22);
    expect(Math.abs(correlation(values.subarray(0, -1), values.subarray(1)))).toBeLessThan(5 / Math.sqrt(total));
  });

  it('are moved and scaled, and an odd count is as good as an even one', () => {
    const plain = readSync(normal(key(1), [6]));
    const moved = readSync(normal(key(1), [5], { mean: 10, deviation: 2 }));
    expect(moved).toHaveLength(5);
    for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(10 + 2 * (plain[i] ?? NaN), 5);
  });
});

describe('a permutation', () => {
  it('holds every number once', () => {
    fc.assert(
      fc.property(keys, fc.nat(200), (from, count) => {
        const order = readSync(permutation(from, count));
        expect(order.toSorted()).toEqual(Int32Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it('comes in every order equally often', () => {
    const counts = new Map<string, number>();
    for (const from of childKeys(key(17), 6000)) {
      const order = readSync(permutation(from, 3)).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquare).toBeLessThan(20.5); // 5 degrees of freedom: below it with probability 0.999
  });
});

it.each(otherEngines)('numbers are the same on $backend.name as on the reference engine', async (engine) => {
  for (const draw of [uniform, normal]) {
    expect(await read(draw(key(19), [7, 5], { engine }))).toEqual(readSync(draw(key(19), [7, 5])));
  }
  expect(await read(permutation(key(19), 100, { engine }))).toEqual(readSync(permutation(key(19), 100)));
});

it('sizes and counts are checked', () => {
  expect(() => uniform(key(1), [2, -1])).toThrow(/\[uniform\].*holds the size -1/);
  expect(() => normal(key(1), [2, -1])).toThrow(/\[normal\].*holds the size -1/);
  expect(() => permutation(key(1), 1.5)).toThrow(/\[permutation\].*holds the size 1.5/);
  expect(() => childKeys(key(1), -1)).toThrow(/\[childKeys\].*holds the size -1/);
});
