import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementAt, floorDiv, floorMod, unravel } from '../../src/backends/gpu/index-text.ts';
import { columns, exactLimit, flatLimit, layoutOf, wordsOf } from '../../src/backends/gpu/layout.ts';
import { concat, elementwise, extremePosition, gather, inside, pass, reduce } from '../../src/backends/gpu/source.ts';
import { BackendError } from '../../src/errors.ts';
import type { ComputingBackend } from '../../src/backend.ts';
import { compute, countUp, differences, modes, start } from './harness.ts';

describe('layoutOf', () => {
  it('is one row with a word to spare up to 2^23 words, rows of 4096 above', () => {
    expect(layoutOf(0)).toEqual([1]);
    expect(layoutOf(5)).toEqual([6]);
    expect(layoutOf(flatLimit - 1)).toEqual([flatLimit]);
    expect(layoutOf(flatLimit)).toEqual([columns, flatLimit / columns + 1]);
    expect(wordsOf(layoutOf(25_000_000))).toBeGreaterThan(25_000_000);
  });
});

describe('what float32 cannot index', () => {
  it.each([
    [[25_000_000], ['i']],
    [
      [2, 9_000_000],
      ['i', 'j'],
    ],
  ])('%j is refused, not computed wrongly', (shape, names) => {
    expect(() => unravel(shape, names)).toThrow(/too long to index.*2\^24/);
  });

  it('is refused where it is read, too', () => {
    const axis = { size: 25_000_000, stride: 1 };
    expect(() => elementAt('x', 25_000_000, [{ ...axis, index: 'i' }], '0')).toThrow(BackendError);
    expect(elementAt('x', 25_000_000, [{ ...axis, index: { high: 'i', low: 'j' } }], '0')).toContain('x[');
  });
});

describe.each(modes)('indices on %s', (mode) => {
  let backend: ComputingBackend;
  beforeAll(async () => {
    backend = await start(mode);
  });
  afterAll(() => backend.dispose());

  it('floorDiv and floorMod are exact around every kind of multiple', async () => {
    const divisors = [
      1,
      2,
      3,
      5,
      7,
      9,
      11,
      13,
      49,
      50,
      125,
      625,
      1000,
      2500,
      3000,
      4095,
      4096,
      4097,
      65521,
      100003,
      2 ** 22 + 1,
    ];
    const wrong: string[] = [];
    for (const divisor of divisors) {
      const limit = divisor >= 6 || Number.isInteger(Math.log2(divisor)) ? exactLimit : flatLimit;
      const numerators = dividends(divisor, limit);
      const x = { shape: [numerators.length], data: numerators };
      const quotients = await compute(backend, { x }, x.shape, (reads, output) =>
        elementwise(reads, output, floorDiv('x', divisor)),
      );
      const remainders = await compute(backend, { x }, x.shape, (reads, output) =>
        elementwise(reads, output, floorMod('x', divisor)),
      );
      const at = (i: number): number => numerators[i] ?? 0;
      wrong.push(...differences(quotients, (i) => Math.floor(at(i) / divisor)).map((text) => `/ ${divisor}: ${text}`));
      wrong.push(...differences(remainders, (i) => at(i) % divisor).map((text) => `mod ${divisor}: ${text}`));
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    { shape: [3, 5, 7, 11] },
    { shape: [1, 4, 1, 6, 1] },
    { shape: [97, 89] },
    { shape: [2, 1, 4096, 3] },
    { shape: [13, 509, 251] },
  ])('each element of $shape finds its own indices', async ({ shape }) => {
    const names = shape.map((_, axis) => `i${axis}`);
    const weights = shape.map((_, axis) => axis + 2);
    const text = names.map((name, axis) => `${name} * ${weights[axis]}`).join(' + ');
    const got = await compute(backend, {}, shape, (_, output) => pass({}, output, names, () => `return ${text};`));
    const expected = (position: number): number => {
      let [rest, total] = [position, 0];
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        const size = shape[axis] ?? 1;
        total += (rest % size) * (weights[axis] ?? 0);
        rest = Math.floor(rest / size);
      }
      return total;
    };
    expect(differences(got, expected)).toEqual([]);
  });

  // 8.75 M elements: more than one row holds, so every index is made of two parts. Software GPUs take seconds.
  describe('above 2^23 elements', { timeout: 60_000 }, () => {
    const shape = [50, 50, 50, 70];
    const size = 8_750_000;
    const x = { shape, data: countUp(size) };
    const at = (i: number): number => x.data[i] ?? NaN;

    it('permutes', async () => {
      const got = await compute(backend, { x }, [70, 50, 50, 50], (reads, output) =>
        gather(reads.x, output, ([p = '', q = '', r = '', s = '']) => [r, s, q, p]),
      );
      const expected = (i: number): number => {
        const [p, q, r, s] = [Math.floor(i / 125_000), Math.floor(i / 2500) % 50, Math.floor(i / 50) % 50, i % 50];
        return at(((r * 50 + s) * 50 + q) * 70 + p);
      };
      expect(differences(got, expected, size)).toEqual([]);
    });

    it('broadcasts along outer, middle and inner axes', async () => {
      const [outer, middle, inner] = [countUp(50), countUp(50), countUp(70)];
      const inputs = {
        x,
        outer: { shape: [50, 1, 1, 1], data: outer },
        middle: { shape: [50, 1], data: middle },
        inner: { shape: [70], data: inner },
      };
      const got = await compute(backend, inputs, shape, (reads, output) =>
        elementwise(reads, output, 'x + outer + middle + inner'),
      );
      const sums = (i: number): number =>
        at(i) + (outer[Math.floor(i / 175_000)] ?? 0) + (middle[Math.floor(i / 70) % 50] ?? 0) + (inner[i % 70] ?? 0);
      expect(differences(got, sums, size)).toEqual([]);
    });

    it('pads, with reads that fall outside', async () => {
      const got = await compute(backend, { x }, [50, 52, 50, 70], (reads, output) =>
        gather(reads.x, output, ([p = '', q = '', r = '', s = '']) => [p, inside(`${q} - 1`), r, s], '-3'),
      );
      const expected = (i: number): number => {
        const q = (Math.floor(i / 3500) % 52) - 1;
        return q < 0 || q >= 50 ? -3 : at((Math.floor(i / 182_000) * 50 + q) * 3500 + (i % 3500));
      };
      expect(differences(got, expected, 50 * 52 * 3500)).toEqual([]);
    });

    it('transposes axes of millions', async () => {
      const half = size / 2;
      const there = await compute(backend, { x: { shape: [2, half], data: x.data } }, [half, 2], (reads, output) =>
        gather(reads.x, output, ([p = '', q = '']) => [q, p]),
      );
      expect(differences(there, (i) => at((i % 2) * half + Math.floor(i / 2)), size)).toEqual([]);
      const back = await compute(backend, { x: { shape: [half, 2], data: there } }, [2, half], (reads, output) =>
        gather(reads.x, output, ([p = '', q = '']) => [q, p]),
      );
      expect(differences(back, at, size)).toEqual([]);
    });

    it('joins', async () => {
      const [a, b] = [countUp(6_000_000), countUp(3_003_000)];
      const inputs = { a: { shape: [3000, 2000], data: a }, b: { shape: [3000, 1001], data: b } };
      const got = await compute(backend, inputs, [3000, 3001], (reads, output) =>
        concat([reads.a, reads.b], output, 1),
      );
      const expected = (i: number): number => {
        const [row, column] = [Math.floor(i / 3001), i % 3001];
        return (column < 2000 ? a[row * 2000 + column] : b[row * 1001 + column - 2000]) ?? NaN;
      };
      expect(differences(got, expected, 9_003_000)).toEqual([]);
    });

    it('reduces all of them', async () => {
      const data = new Float32Array(size).fill(1);
      data[8_700_001] = 3;
      const all = [0, 1, 2, 3];
      const ones = { x: { shape, data } };
      const total = await compute(backend, ones, [], (reads, output) =>
        reduce(reads.x, output, all, { combine: 'sum' }),
      );
      const most = await compute(backend, ones, [], (reads, output) =>
        reduce(reads.x, output, all, { combine: 'max' }),
      );
      const where = await compute(backend, ones, [], (reads, output) => extremePosition(reads.x, output, all, 'max'));
      expect([total[0], most[0], where[0]]).toEqual([size + 2, 3, 8_700_001]);
    });
  });

  it('sums more elements than float32 can count', { timeout: 60_000 }, async () => {
    const size = 17_000_000;
    const data = new Float32Array(size);
    data.fill(1, size - 9); // the last ones lie past 2^24
    const got = await compute(backend, { x: { shape: [size], data } }, [], (reads, output) =>
      reduce(reads.x, output, [0], { combine: 'sum' }),
    );
    expect(got[0]).toBe(9);
  });
});

/** Multiples of `divisor` below `limit`, small, large and in between, and both neighbours of each. */
function dividends(divisor: number, limit: number): Float32Array {
  const most = Math.floor((limit - 1) / divisor);
  const quotients = Array.from({ length: 3000 }, (_, i) => Math.floor((most * i) / 2999));
  const values = quotients.flatMap((quotient) => [quotient * divisor - 1, quotient * divisor, quotient * divisor + 1]);
  return Float32Array.from(values.filter((value) => value >= 0 && value < limit));
}
