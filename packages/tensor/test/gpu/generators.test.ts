import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  argSort,
  concat,
  elementwise,
  extremePosition,
  floorDiv,
  gather,
  inside,
  num,
  pass,
  reduce,
  view,
  type GpuSource,
} from '../../src/backends/gpu/source.ts';
import type { ComputingBackend } from '../../src/backend.ts';
import { BackendError } from '../../src/errors.ts';
import { sizeOf, type Shape } from '../../src/shape/shape.ts';
import { broadcastStrides } from '../../src/shape/strides.ts';
import { compute, deviation, differences, modes, start, waves } from './harness.ts';

describe.each(modes)('generators on %s', (mode) => {
  let backend: ComputingBackend;
  beforeAll(async () => {
    backend = await start(mode);
  });
  afterAll(() => backend.dispose());

  it('elementwise broadcasts as a naive loop does', async () => {
    const axis = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean());
    const cases = fc.tuple(fc.array(axis, { maxLength: 5 }), fc.nat(2));
    await fc.assert(
      fc.asyncProperty(cases, async ([axes, missing]) => {
        const shape = axes.map(([size]) => size);
        const a = filled(
          axes.map(([size, stretched]) => (stretched ? 1 : size)),
          1,
        );
        const b = filled(axes.map(([size, , stretched]) => (stretched ? 1 : size)).slice(missing), 2);
        const joined = shape.map((size, i) => (axes[i]?.[1] && (i < missing || axes[i][2]) ? 1 : size));
        const got = await compute(backend, { a, b }, joined, (reads, output) =>
          elementwise(reads, output, 'a - 2 * b'),
        );
        const [left, right] = [walk(a, joined), walk(b, joined)];
        expect(
          deviation(
            got,
            left.map((value, i) => value - 2 * (right[i] ?? NaN)),
          ),
        ).toBeLessThan(1e-6);
      }),
      { numRuns: 12, seed: 7 }, // each run compiles a kernel
    );
  });

  it('numbers given as scalars are no part of the kernel', async () => {
    const x = filled([4], 1);
    const limit = (high: number) =>
      compute(backend, { x }, [4], (reads, output) =>
        elementwise(reads, output, 'x > high ? high : x', { scalars: { high } }),
      );
    expect(differences(await limit(0.25), (i) => Math.min(x.data[i] ?? 0, 0.25))).toEqual([]);
    expect(differences(await limit(-0.5), (i) => Math.min(x.data[i] ?? 0, -0.5))).toEqual([]);
    const texts = [1, 2].map(
      (high) => elementwise({}, { shape: [4], dtype: 'float32' }, 'high', { scalars: { high } }).source,
    );
    expect(texts[0]).toBe(texts[1]);
  });

  it.each([
    { shape: [3, 5000, 2], axes: [1] },
    { shape: [3, 50, 200], axes: [0, 2] },
    { shape: [7, 3, 11], axes: [0, 1, 2] },
    { shape: [2, 3], axes: [] },
    { shape: [6, 1, 4], axes: [1] },
    { shape: [4, 9001], axes: [0, 1] },
  ])('reduces axes $axes of $shape', async ({ shape, axes }) => {
    const x = filled(shape, 3);
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    const groups = grouped(x, axes);
    const sums = await compute(backend, { x }, kept, (reads, output) =>
      reduce(reads.x, output, axes, { combine: 'sum', map: 'value * value', finish: 'value / 3' }),
    );
    expect(
      deviation(
        sums,
        groups.map((group) => group.reduce((sum, value) => sum + value * value, 0) / 3),
      ),
    ).toBeLessThan(2e-6);
    const largest = await compute(backend, { x }, kept, (reads, output) =>
      reduce(reads.x, output, axes, { combine: 'max' }),
    );
    expect(differences(largest, (i) => Math.max(...(groups[i] ?? [])))).toEqual([]);
    const smallest = await compute(backend, { x }, kept, (reads, output) =>
      reduce(reads.x, output, axes, { combine: 'min' }),
    );
    expect(differences(smallest, (i) => Math.min(...(groups[i] ?? [])))).toEqual([]);
    const places = await compute(backend, { x }, kept, (reads, output) =>
      extremePosition(reads.x, output, axes, 'max'),
    );
    expect(differences(places, (i) => (groups[i] ?? []).indexOf(Math.max(...(groups[i] ?? []))))).toEqual([]);
  });

  it('argMax takes the first of equals, in one pass and in two', async () => {
    for (const size of [50, 9000]) {
      const data = new Float32Array(size);
      data[7] = 5;
      data[size - 3] = 5;
      const got = await compute(backend, { x: { shape: [size], data } }, [], (reads, output) =>
        extremePosition(reads.x, output, [0], 'max'),
      );
      expect(got[0]).toBe(7);
    }
  });

  it('argSort merges runs of any length, ties in their order', async () => {
    for (const size of [1, 2, 3, 64, 65, 3000]) {
      const data = Float32Array.from({ length: 2 * size }, (_, i) => (i * 31) % 17);
      for (const descending of [false, true]) {
        const got = await compute(backend, { x: { shape: [2, size], data } }, [2, size], (reads, output) =>
          argSort(reads.x, output, 1, descending),
        );
        const sorted = [0, size].flatMap((start) => {
          const line = data.subarray(start, start + size);
          const value = (i: number) => (descending ? -1 : 1) * (line[i] ?? NaN);
          return Array.from({ length: size }, (_, i) => i).sort((i, j) => value(i) - value(j));
        });
        expect(differences(got, (i) => sorted[i] ?? NaN)).toEqual([]);
      }
    }
  });

  it('a sum loses nothing to cancellation, and keeps infinities', async () => {
    const data = Float32Array.from({ length: 6000 }, (_, i) => (i % 2 === 0 ? 1e6 : -1e6) + (i % 7) / 64);
    const sumOf = async (values: Float32Array) => {
      const got = await compute(backend, { x: { shape: [6000], data: values } }, [], (reads, output) =>
        reduce(reads.x, output, [0], { combine: 'sum' }),
      );
      return got[0] ?? NaN;
    };
    const exact = data.reduce((sum, value) => sum + value, 0);
    expect(Math.abs((await sumOf(data)) / exact - 1)).toBeLessThan(1e-6);
    data[17] = Infinity;
    expect(await sumOf(data)).toBe(Infinity);
    data[5000] = -Infinity;
    expect(await sumOf(data)).toBeNaN();
  });

  it('a NaN stays in a maximum, wherever it stands', async () => {
    for (const place of [0, 3, 5000, 8999]) {
      const data = waves(9000);
      data[place] = NaN;
      const got = await compute(backend, { x: { shape: [9000], data } }, [], (reads, output) =>
        reduce(reads.x, output, [0], { combine: 'max' }),
      );
      expect(got[0]).toBeNaN();
    }
  });

  it('a sum of nothing is 0, and nothing is made of nothing', async () => {
    const x = filled([0, 3], 1);
    expect([
      ...(await compute(backend, { x }, [3], (reads, output) => reduce(reads.x, output, [0], { combine: 'sum' }))),
    ]).toEqual([0, 0, 0]);
    expect(await compute(backend, { x }, [0, 3], (reads, output) => elementwise(reads, output, 'x + 1'))).toHaveLength(
      0,
    );
  });

  it('joins more sources than one kernel can read', async () => {
    const parts = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`part${i}`, filled([2, 1 + (i % 3)], i)]));
    const width = Object.values(parts).reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0);
    const got = await compute(backend, parts, [2, width], (reads, output) => concat(Object.values(reads), output, 1));
    const rows = [0, 1].flatMap((row) =>
      Object.values(parts).flatMap(({ shape: [, size = 0], data }) => [...data.slice(row * size, (row + 1) * size)]),
    );
    expect(differences(got, (i) => rows[i] ?? NaN)).toEqual([]);
  });

  it('takes elements from elsewhere, a number where there are none, and views', async () => {
    const x = filled([4, 6], 1);
    const got = await compute(backend, { x }, [5, 3], (reads, output) =>
      gather(view(reads.x, [8, 3]), output, ([i = '', j = '']) => [inside(`2 * ${i} - 2`), j], num(-1.5)),
    );
    expect(
      differences(got, (i) => (i < 3 ? -1.5 : (x.data[(2 * Math.floor(i / 3) - 2) * 3 + (i % 3)] ?? NaN))),
    ).toEqual([]);
  });

  it('a convolution in the words of its definition', async () => {
    const [x, weight] = [filled([2, 4, 9, 9], 1), filled([6, 2, 3, 3], 2)];
    const got = await compute(backend, { x, weight }, [2, 6, 5, 5], (reads, output) =>
      pass(reads, output, ['n', 'o', 'oy', 'ox'], ({ read, sumLoop }) => {
        const pixel = read('x', ['n', 'group * 2 + c', inside('oy * 2 + ky - 1'), inside('ox * 2 + kx - 1')]);
        const terms = sumLoop('total', { c: 2, ky: 3, kx: 3 }, `${pixel} * ${read('weight', ['o', 'c', 'ky', 'kx'])}`);
        return `const group = ${floorDiv('o', 3)}; ${terms} return total;`;
      }),
    );
    const expected = Array.from({ length: 300 }, (_, i) => {
      const [n, o, oy, ox] = [Math.floor(i / 150), Math.floor(i / 25) % 6, Math.floor(i / 5) % 5, i % 5];
      let total = 0;
      for (let tap = 0; tap < 18; tap += 1) {
        const [c, ky, kx] = [Math.floor(tap / 9), Math.floor(tap / 3) % 3, tap % 3];
        const [y, column] = [oy * 2 + ky - 1, ox * 2 + kx - 1];
        if (y < 0 || y > 8 || column < 0 || column > 8) continue;
        total +=
          (x.data[((n * 4 + Math.floor(o / 3) * 2 + c) * 9 + y) * 9 + column] ?? 0) * (weight.data[o * 18 + tap] ?? 0);
      }
      return total;
    });
    expect(deviation(got, expected)).toBeLessThan(1e-6);
  });

  it('a long sum keeps its rounding errors small', async () => {
    const [a, b] = [filled([3, 4700], 1), filled([4700, 2], 2)];
    const got = await compute(backend, { a, b }, [3, 2], (reads, output) =>
      pass(
        reads,
        output,
        ['row', 'column'],
        ({ read, sumLoop }) =>
          `${sumLoop('total', { k: 4700 }, `${read('a', ['row', 'k'])} * ${read('b', ['k', 'column'])}`)} return total;`,
      ),
    );
    const expected = Array.from({ length: 6 }, (_, i) => {
      let total = 0;
      for (let k = 0; k < 4700; k += 1)
        total += (a.data[Math.floor(i / 2) * 4700 + k] ?? 0) * (b.data[k * 2 + (i % 2)] ?? 0);
      return total;
    });
    expect(deviation(got, expected)).toBeLessThan(5e-6);
  });
});

it('a pass that is written wrongly is refused where it is written', () => {
  const [x, output] = [
    { kind: 'input', name: 'x', shape: [2, 3], dtype: 'float32' },
    { shape: [2], dtype: 'float32' },
  ] as const;
  expect(() => pass({ x }, output, ['i'], ({ read }) => `return ${read('x', ['i'])};`)).toThrow(
    /reads x \[2,3\] with only 1 indices/,
  );
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, x]));
  expect(() => elementwise(many, x, 'x0')).toThrow(/reads 8 arrays; 7 is the most/);
});

it('argSort is one text after its first pass, and counts no further than a GPU', () => {
  const sorted = (size: number, count: number) =>
    argSort(
      { kind: 'input', name: 'x', shape: [size], dtype: 'float32' },
      { shape: [count], dtype: 'int32' },
      0,
      false,
    );
  const texts: string[] = [];
  for (let source: GpuSource | undefined = sorted(100, 100); source?.kind === 'pass'; source = source.reads[1])
    texts.push(source.source);
  expect(texts.length).toBe(1 + Math.ceil(Math.log2(100)));
  expect(new Set(texts).size).toBe(2);
  expect(sorted(100, 7).shape).toEqual([7]);
  expect(() => sorted(2 ** 24 + 1, 1)).toThrow(/^\[argSort\] 16777217 elements are too many/);
});

it('num writes what GPU.js reads back', () => {
  expect([num(2), num(-0.5), num(1e-7), num(Infinity), num(-Infinity)]).toEqual([
    '2',
    '(-0.5)',
    '1e-7',
    'Infinity',
    '(-Infinity)',
  ]);
  expect(() => num(NaN)).toThrow(BackendError);
});

function filled(shape: Shape, phase: number): { shape: Shape; data: Float32Array } {
  return { shape, data: waves(sizeOf(shape), phase) };
}

/** The elements of `x` in the order in which broadcasting to `over` meets them. */
function walk(x: { readonly shape: Shape; readonly data: Float32Array }, over: Shape): number[] {
  const strides = broadcastStrides(x.shape, over);
  return Array.from({ length: sizeOf(over) }, (_, position) => {
    let [rest, offset] = [position, 0];
    for (let axis = over.length - 1; axis >= 0; axis -= 1) {
      const size = over[axis] ?? 1;
      offset += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return x.data[offset] ?? NaN;
  });
}

/** The elements that a reduction of `axes` brings together, for each element of its result. */
function grouped(
  { shape, data }: { readonly shape: Shape; readonly data: Float32Array },
  axes: readonly number[],
): number[][] {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const groups: number[][] = Array.from({ length: sizeOf(kept) }, () => []);
  for (const [position, value] of data.entries()) {
    let [rest, place, step] = [position, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const size = shape[axis] ?? 1;
      if (kept[axis] === size) {
        place += (rest % size) * step;
        step *= size;
      }
      rest = Math.floor(rest / size);
    }
    groups[place]?.push(value);
  }
  return groups;
}
