import { describe, test } from 'vitest';
import { rearranging } from '../../src/cases/rearranging.ts';
import { resampling } from '../../src/cases/resampling.ts';
import { holds, indices } from '../../src/naive.ts';

// What moves elements, and is composed of other operations, against loops as in `naive.test.ts`.

describe('rearranging', () => {
  /** The index within an axis at a place that may be outside of it, found by single steps. */
  const walk = (place: number, size: number, mode: string): number => {
    if (mode === 'circular') return ((place % size) + size) % size;
    let [at, step] = [0, Math.sign(place)];
    for (let steps = Math.abs(place); steps > 0; steps -= 1) {
      const next = at + step;
      if (next >= 0 && next < size) at = next;
      else if (mode === 'reflect') [step, at] = [-step, at - step];
    }
    return at;
  };

  test('pad with its own elements', () =>
    holds(rearranging.padEdges, (read, index, { shape, widths, mode }) =>
      read(
        'x',
        index.map((at, axis) => walk(at - (widths[axis]?.[0] ?? 0), shape[axis] ?? NaN, mode)),
      ),
    ));

  test('tile', () =>
    holds(rearranging.tile, (read, index, { shape }) =>
      read(
        'x',
        Array.from(index, (at, axis) => at % (shape[axis] ?? NaN)),
      ),
    ));

  test.each(['tril', 'triu'] as const)('%s', (name) =>
    holds(rearranging[name], (read, index, { diagonal }) => {
      const above = (index.at(-1) ?? NaN) - (index.at(-2) ?? NaN);
      return (name === 'tril' ? above <= diagonal : above >= diagonal) ? read('x', index) : 0;
    }),
  );

  test('pixelShuffle', () =>
    holds(rearranging.pixelShuffle, (read, [n = NaN, c = NaN, y = NaN, x = NaN], { factor }) =>
      read('x', [
        n,
        (c * factor + (y % factor)) * factor + (x % factor),
        Math.floor(y / factor),
        Math.floor(x / factor),
      ]),
    ));

  test('pixelUnshuffle', () =>
    holds(rearranging.pixelUnshuffle, (read, [n = NaN, c = NaN, y = NaN, x = NaN], { factor }) => {
      const part = c % factor ** 2;
      return read('x', [
        n,
        (c - part) / factor ** 2,
        y * factor + Math.floor(part / factor),
        x * factor + (part % factor),
      ]);
    }));

  test('resizeNearest at centres', () =>
    holds(resampling.resizeNearestExact, (read, [n = NaN, c = NaN, y = NaN, x = NaN], { from, to }) =>
      read('x', [n, c, Math.floor(((y + 0.5) * from[0]) / to[0]), Math.floor(((x + 0.5) * from[1]) / to[1])]),
    ));

  test('topK in the order of x', () =>
    holds(rearranging.topKInPlace, (read, [line = NaN, r = NaN], { size, k, largest }) => {
      const places = [...indices([size])].map(([at = NaN]) => at);
      const value = (at: number) => (largest ? -1 : 1) * read('x', [line, at]);
      return read('x', [
        line,
        places
          .toSorted((a, b) => value(a) - value(b) || a - b)
          .slice(0, k)
          .toSorted((a, b) => a - b)[r] ?? NaN,
      ]);
    }));
});
