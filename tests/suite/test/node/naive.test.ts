import type { Shape } from '@hypercorr/tensor';
import { describe, test } from 'vitest';
import { arithmetic } from '../../src/cases/arithmetic.ts';
import { classificationFunctions } from '../../src/cases/classification.ts';
import { contraction } from '../../src/cases/contraction.ts';
import { convolutionFunctions, type Volume } from '../../src/cases/convolution.ts';
import { indexing } from '../../src/cases/indexing.ts';
import { linear } from '../../src/cases/linear.ts';
import { movement } from '../../src/cases/movement.ts';
import { rearranging } from '../../src/cases/rearranging.ts';
import { reductions } from '../../src/cases/reductions.ts';
import { logicalFunctions, rounding } from '../../src/cases/rounding.ts';
import { holds, indices, type Element, type Read } from '../../src/naive.ts';

// The definitions themselves against loops that know only indices: one element of the result at a time.

describe('broadcasting', () => {
  const both =
    (f: (a: number, b: number) => number | boolean): Element<unknown> =>
    (read, index) =>
      Number(f(read('a', index), read('b', index)));

  test.each([
    { testCase: arithmetic.addOp, element: both((a, b) => a + b) },
    { testCase: arithmetic.subOp, element: both((a, b) => a - b) },
    { testCase: arithmetic.mulOp, element: both((a, b) => a * b) },
    { testCase: arithmetic.divOp, element: both((a, b) => a / b) },
    { testCase: arithmetic.maximumOp, element: both((a, b) => (a > b ? a : b)) },
    { testCase: arithmetic.minimumOp, element: both((a, b) => (a < b ? a : b)) },
    { testCase: arithmetic.equalOp, element: both((a, b) => a === b) },
    { testCase: arithmetic.notEqualOp, element: both((a, b) => a !== b) },
    { testCase: arithmetic.lessOp, element: both((a, b) => a < b) },
    { testCase: arithmetic.lessEqualOp, element: both((a, b) => a <= b) },
    { testCase: arithmetic.greaterOp, element: both((a, b) => a > b) },
    { testCase: arithmetic.greaterEqualOp, element: both((a, b) => a >= b) },
    { testCase: rounding.modOp, element: both((a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b))) },
    { testCase: logicalFunctions.logicalAnd, element: both((a, b) => a + b === 2) },
    { testCase: logicalFunctions.logicalOr, element: both((a, b) => a + b > 0) },
    {
      testCase: arithmetic.whereOp,
      element: (read: Read, index: Shape) => read(read('condition', index) === 1 ? 'a' : 'b', index),
    },
  ])('$testCase.name', ({ testCase, element }) => holds<unknown>(testCase, element));
});

test('round gives the nearest whole number, and of two the even one', () =>
  holds(rounding.roundOp, (read, index) => {
    const x = read('x', index);
    const near = [Math.floor(x), Math.ceil(x)].toSorted((a, b) => Math.abs(a - x) - Math.abs(b - x));
    return near.find((at, i) => i === 1 || Math.abs(at - x) < 0.5 || at % 2 === 0) ?? NaN;
  }));

const front = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

describe('moving', () => {
  test('broadcastTo', () => holds(movement.broadcastToOp, (read, index) => read('x', index)));

  test('permute', () =>
    holds(movement.permuteOp, (read, index, { order }) =>
      read(
        'x',
        index.map((_, axis) => index[order.findIndex((from) => front(from, order.length) === axis)] ?? NaN),
      ),
    ));

  test('slice', () =>
    holds(movement.sliceOp, (read, index, { ranges }, shapeOf) =>
      read(
        'x',
        shapeOf('x').map((size, axis) => {
          const [start, stop, step = 1] = ranges[axis] ?? [];
          const kept = Array.from({ length: size }, (_, at) => at).slice(start, stop);
          return kept[(index[axis] ?? NaN) * step] ?? NaN;
        }),
      ),
    ));

  test('pad', () =>
    holds(movement.padOp, (read, index, { widths, steps, value }, shapeOf) => {
      const from = index.map((at, axis) => (at - (widths[axis]?.[0] ?? 0)) / (steps[axis] ?? 1));
      const inside = from.every((at, axis) => Number.isInteger(at) && at >= 0 && at < (shapeOf('x')[axis] ?? 0));
      return inside ? read('x', from) : value;
    }));

  test('concat and stack', () =>
    holds(movement.concatOp, (read, index, { parts, axis, stacked }) => {
      const along = front(axis, index.length);
      let at = index[along] ?? NaN;
      if (stacked) return read(`${at}`, index.toSpliced(along, 1));
      let part = 0;
      while (at >= (parts[part]?.[along] ?? Infinity)) {
        at -= parts[part]?.[along] ?? 0;
        part += 1;
      }
      return read(`${part}`, index.with(along, at));
    }));

  test('flip', () =>
    holds(movement.flipOp, (read, index, { shape, axes }) => {
      const flipped = (axes ?? shape.map((_, axis) => axis)).map((axis) => front(axis, shape.length));
      return read(
        'x',
        index.map((at, axis) => (flipped.includes(axis) ? (shape[axis] ?? NaN) - 1 - at : at)),
      );
    }));

  test('indexSelect', () =>
    holds(movement.indexSelectOp, (read, index, { shape, axis }) => {
      const along = front(axis, shape.length);
      const picked = read('index', [index[along] ?? NaN]);
      return read('x', index.with(along, front(picked, shape[along] ?? NaN)));
    }));

  test('indexAdd', () =>
    holds(movement.indexAddOp, (read, index, { shape, axis, size }) => {
      const along = front(axis, shape.length);
      const sources = Array.from({ length: shape[along] ?? 0 }, (_, at) => at);
      const added = sources.filter((at) => front(read('index', [at]), size) === index[along]);
      return added.reduce((sum, at) => sum + read('source', index.with(along, at)), 0);
    }));
});

describe('following an index', () => {
  test('gather', () =>
    holds(indexing.gatherOp, (read, index, { shape, axis }) => {
      const along = front(axis, shape.length);
      return read('x', index.with(along, front(read('index', index), shape[along] ?? NaN)));
    }));

  test('scatterAdd', () =>
    holds(indexing.scatterAddOp, (read, index, { shape, axis, index: from }) => {
      const along = front(axis, shape.length);
      if (index.some((at, other) => other !== along && at >= (from[other] ?? NaN))) return 0;
      const sources = Array.from({ length: from[along] ?? 0 }, (_, k) => index.with(along, k));
      const added = sources.filter((at) => front(read('index', at), shape[along] ?? NaN) === index[along]);
      return added.reduce((sum, at) => sum + read('source', at), 0);
    }));

  test('scatter', () =>
    holds(indexing.scatterOp, (read, index, { indexed: { shape, axis, index: from }, reduce }) => {
      const along = front(axis, shape.length);
      const own = read('x', index);
      if (index.some((at, other) => other !== along && at >= (from[other] ?? NaN))) return own;
      const sources = Array.from({ length: from[along] ?? 0 }, (_, k) => index.with(along, k));
      const named = sources.filter((at) => front(read('index', at), shape[along] ?? NaN) === index[along]);
      const all = [own, ...named.map((at) => read('source', at))];
      if (reduce === 'mul') return all.reduce((product, value) => product * value, 1);
      return reduce === 'assign' ? (all.at(-1) ?? NaN) : Math[reduce](...all);
    }));

  // The r-th element is that before which r others come.
  test('argSort', () =>
    holds(indexing.argSortOp, (read, index, { shape, axis, descending }) => {
      const along = front(axis, shape.length);
      const places = Array.from({ length: shape[along] ?? 0 }, (_, at) => at);
      const value = (at: number) => (descending ? -1 : 1) * read('x', index.with(along, at));
      const isBefore = (a: number, b: number) => value(a) < value(b) || (value(a) === value(b) && a < b);
      return places.find((at) => places.filter((other) => isBefore(other, at)).length === index[along]) ?? NaN;
    }));
});

// Over every choice of an index for each letter that the output does not name, the product of what they pick.
test('einsum', () =>
  holds(contraction.einsum, (read, index, { equation, shapes }) => {
    const [inputs = '', output = ''] = equation.split('->');
    const terms = inputs.split(',');
    const summed = [...new Set(terms.join(''))].filter((letter) => !output.includes(letter));
    const sizes = summed.map((letter) => {
      const term = terms.findIndex((text) => text.includes(letter));
      return shapes[term]?.[terms[term]?.indexOf(letter) ?? NaN] ?? NaN;
    });
    let total = 0;
    for (const choice of indices(sizes)) {
      const at = (letter: string) =>
        (output.includes(letter) ? index[output.indexOf(letter)] : choice[summed.indexOf(letter)]) ?? NaN;
      total += terms.reduce((product, term, i) => product * read(`${i}`, [...term].map(at)), 1);
    }
    return total;
  }));

describe('reducing', () => {
  interface Reduction {
    readonly shape: Shape;
    readonly axes: readonly number[] | undefined;
    readonly keepDims: boolean;
  }

  const over =
    (f: (values: readonly number[]) => number): Element<Reduction> =>
    (read, index, { shape, axes, keepDims }) => {
      const reduced = (axes ?? shape.map((_, axis) => axis)).map((axis) => front(axis, shape.length));
      const kept = [...index];
      const places = shape.map((_, axis) =>
        reduced.includes(axis) ? (keepDims && kept.shift(), undefined) : (kept.shift() ?? NaN),
      );
      const inside = [...indices(shape)].filter((at) =>
        at.every((value, axis) => places[axis] === undefined || places[axis] === value),
      );
      return f(inside.map((at) => read('x', at)));
    };
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

  test.each([
    { testCase: reductions.sumOp, element: over(total) },
    { testCase: reductions.meanOp, element: over((values) => total(values) / values.length) },
    { testCase: reductions.maxOp, element: over((values) => Math.max(...values)) },
    { testCase: reductions.minOp, element: over((values) => Math.min(...values)) },
    { testCase: reductions.prodOp, element: over((values) => values.reduce((product, value) => product * value, 1)) },
    { testCase: reductions.logSumExpOp, element: over((values) => Math.log(total(values.map(Math.exp)))) },
  ])('$testCase.name', ({ testCase, element }) => holds(testCase, element));

  test('norm', () =>
    holds(reductions.normOp, (read, index, { p, ...geometry }) => {
      const inside = over((values) =>
        p === Infinity
          ? Math.max(0, ...values.map(Math.abs))
          : total(values.map((value) => Math.abs(value) ** p)) ** (1 / p),
      );
      return inside(read, index, geometry, () => []);
    }));

  test('variance', () =>
    holds(reductions.varianceOp, (read, index, { correction, ...geometry }) => {
      const inside = over((values) => {
        const mean = total(values) / values.length;
        return total(values.map((value) => (value - mean) ** 2)) / Math.max(0, values.length - correction);
      });
      return inside(read, index, geometry, () => []);
    }));

  test('cumsum', () =>
    holds(reductions.cumsumOp, (read, index, { shape, axis }) => {
      const along = front(axis, shape.length);
      return total(Array.from({ length: (index[along] ?? NaN) + 1 }, (_, at) => read('x', index.with(along, at))));
    }));

  test('argMin', () =>
    holds(
      reductions.argMinOp,
      over((values) => values.indexOf(Math.min(...values))),
    ));

  test('argMax', () =>
    holds(
      reductions.argMaxOp,
      over((values) => values.indexOf(Math.max(...values))),
    ));

  test('the last of equals', () => {
    holds(
      rearranging.argMaxLast,
      over((values) => values.lastIndexOf(Math.max(...values))),
    );
    holds(
      rearranging.argMinLast,
      over((values) => values.lastIndexOf(Math.min(...values))),
    );
  });
});

test('matmul', () =>
  holds(linear.matmulOp, (read, index, { k, transposeA, transposeB }) => {
    const [batch, row, column] = [index.slice(0, -2), index.at(-2) ?? NaN, index.at(-1) ?? NaN];
    let sum = 0;
    for (let inner = 0; inner < k; inner += 1) {
      const a = read('a', [...batch, ...(transposeA ? [inner, row] : [row, inner])]);
      sum += a * read('b', [...batch, ...(transposeB ? [column, inner] : [inner, column])]);
    }
    return sum;
  }));

describe('windows over volumes', () => {
  /** The places of a window's elements at `place` of the result, and of them along each axis, in the volume or beside it. */
  function* placesOf({ kernel, stride, padding }: Volume, place: Shape, dilation: Shape): Generator<[Shape, Shape]> {
    for (const tap of indices(kernel)) {
      const at = place.map(
        (i, axis) => i * (stride[axis] ?? NaN) + (tap[axis] ?? NaN) * (dilation[axis] ?? NaN) - (padding[axis] ?? NaN),
      );
      yield [at, tap];
    }
  }
  const isInside = (at: Shape, size: Shape) => at.every((i, axis) => i >= 0 && i < (size[axis] ?? 0));

  test('conv3d', () =>
    holds(convolutionFunctions.conv3d, (read, [n = 0, o = 0, ...place], geometry) => {
      const group = Math.floor(o / 3);
      let sum = geometry.bias ? read('bias', [o]) : 0;
      for (const [at, tap] of placesOf(geometry, place, geometry.dilation)) {
        if (!isInside(at, geometry.size)) continue;
        for (const c of [0, 1]) sum += read('x', [n, 2 * group + c, ...at]) * read('weight', [o, c, ...tap]);
      }
      return sum;
    }));

  test('convTranspose3d', () =>
    holds(convolutionFunctions.convTranspose3d, (read, [n = 0, o = 0, ...place], geometry) => {
      const group = Math.floor(o / 3);
      let sum = geometry.bias ? read('bias', [o]) : 0;
      // The convolution takes from this place, by a tap, for the result whose window begins a whole number of strides in.
      for (const tap of indices(geometry.kernel)) {
        const from = place.map((i, axis) => {
          const [stride = NaN, dilation = NaN, padding = NaN] = [
            geometry.stride,
            geometry.dilation,
            geometry.padding,
          ].map((each) => each[axis]);
          return (i + padding - (tap[axis] ?? NaN) * dilation) / stride;
        });
        if (!from.every(Number.isInteger) || !isInside(from, geometry.size)) continue;
        for (const c of [0, 1])
          sum += read('x', [n, 2 * group + c, ...from]) * read('weight', [2 * group + c, o % 3, ...tap]);
      }
      return sum;
    }));

  test('maxPool3d', () =>
    holds(convolutionFunctions.maxPool3d, (read, [n = 0, c = 0, ...place], geometry) => {
      const seen = [...placesOf(geometry, place, [1, 1, 1])].filter(([at]) => isInside(at, geometry.size));
      return Math.max(...seen.map(([at]) => read('x', [n, c, ...at])));
    }));

  test('avgPool3d', () =>
    holds(convolutionFunctions.avgPool3d, (read, [n = 0, c = 0, ...place], geometry) => {
      const { size, padding, bias: countsPadding } = geometry;
      const all = [...placesOf(geometry, place, [1, 1, 1])].map(([at]) => at);
      const seen = all.filter((at) => isInside(at, size));
      const padded = all.filter((at) => at.every((i, axis) => i < (size[axis] ?? 0) + (padding[axis] ?? 0)));
      const sum = seen.reduce((total, at) => total + read('x', [n, c, ...at]), 0);
      return sum / (countsPadding ? padded : seen).length;
    }));
});

test('nllLoss', () =>
  holds(classificationFunctions.nllLoss, (read, index, { labels, ignoreIndex, reduction, weighted }) => {
    const weightOf = (at: Shape) => {
      const label = read('target', at);
      if (label === ignoreIndex) return 0;
      return weighted ? read('weight', [label]) : 1;
    };
    const lossOf = (at: Shape) => {
      const weight = weightOf(at);
      return weight === 0 ? 0 : -weight * read('x', at.toSpliced(1, 0, read('target', at)));
    };
    if (reduction === 'none') return lossOf(index);
    const all = [...indices(labels)];
    const sum = all.reduce((total, at) => total + lossOf(at), 0);
    return reduction === 'sum' ? sum : sum / all.reduce((total, at) => total + weightOf(at), 0);
  }));
