/** The rules that take parts of shapes and put parts together, against nested arrays and enumeration. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2dShape } from '../src/shape/conv.ts';
import { concatShape, stackShape } from '../src/shape/join.ts';
import { nestedShape } from '../src/shape/nested.ts';
import { padShape } from '../src/shape/pad.ts';
import { permuteShape, transposeOrder } from '../src/shape/permute.ts';
import { indexSelectShape, resolveIndex } from '../src/shape/select.ts';
import type { Shape } from '../src/shape/shape.ts';
import { sliceShape } from '../src/shape/slice.ts';
import { pool2dShape, resize2dShape } from '../src/shape/window.ts';
import { attempt, indices, nest, shapeWithAxis, size } from './support/shapes.ts';

describe('nested lists', () => {
  test('have the shape that they were built with', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }), fc.boolean(), (s, empty) => {
        const built = empty ? [...s, 0] : s;
        expect(nestedShape('op', nest(built))).toEqual(built);
      }),
    );
  });

  test.each([
    [[[1, 2], [3]], 'lists of different lengths side by side'],
    [
      [
        [[1], [2]],
        [[3], []],
      ],
      'lists of different lengths side by side',
    ],
    [[1, [2]], 'lists and single values side by side'],
    [[[2], true], 'lists and single values side by side'],
  ] as const)('refuses %j', (values, message) => {
    expect(() => nestedShape('tensor', values)).toThrow(`[tensor] ${message}`);
  });

  test('may mix numbers and truth values', () => {
    expect(nestedShape('tensor', [1, true])).toEqual([2]);
  });
});

describe('slice', () => {
  const bound = fc.option(fc.integer({ min: -8, max: 8 }), { nil: undefined });

  test('keeps what Array.slice keeps, and every step-th of that', () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        bound,
        bound,
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        (length, start, stop, step) => {
          const kept = indices(length)
            .slice(start, stop)
            .filter((_, i) => i % (step ?? 1) === 0);
          const result = sliceShape('op', [length, 3], [[start, stop, step]]);
          expect(result.shape).toEqual([kept.length, 3]);
          const from = result.starts[0] ?? 0;
          const by = result.steps[0] ?? 1;
          expect(indices(kept.length).map((i) => from + i * by)).toEqual(kept);
        },
      ),
    );
  });

  test.each([
    [[0, 2, 0], 'range [0,2,0] of axis 0'],
    [[0, 2, -1], 'range [0,2,-1] of axis 0'],
    [[0.5], 'range [0.5,4,1] of axis 0'],
  ] as const)('refuses %j', (range, message) => {
    expect(() => sliceShape('slice', [4], [range])).toThrow(message);
  });

  test('refuses more ranges than axes', () => {
    expect(() => sliceShape('slice', [2], [[], []])).toThrow('[slice] 2 ranges for the 1 axes of x [2]');
  });
});

describe('pad, concat, stack, indexSelect', () => {
  test('pad adds elements at both ends', () => {
    fc.assert(
      fc.property(size, size, size, (before, length, after) => {
        const padded = [...indices(before), ...indices(length), ...indices(after)];
        expect(
          padShape(
            'op',
            [length, 2],
            [
              [before, after],
              [0, 0],
            ],
          ),
        ).toEqual([padded.length, 2]);
      }),
    );
    expect(() => padShape('pad', [2], [[1, -1]])).toThrow('[pad] widths [1,-1] of axis 0 are not whole numbers from 0');
    expect(() => padShape('pad', [2, 3], [[1, 1]])).toThrow('[pad] 1 pairs of widths for the 2 axes of x [2,3]');
  });

  const positive = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

  test('concat along axis 0 is concatenation of nested arrays; along another, of transposed ones', () => {
    fc.assert(
      fc.property(
        positive,
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        ([, ...rest], lengths, at) => {
          const shapes = lengths.map((length) => [length, ...rest]);
          const joined = nestedShape(
            'op',
            shapes.flatMap((s) => nest(s)),
          );
          expect(concatShape('op', shapes, 0).shape).toEqual(joined);
          const axis = at % joined.length;
          const swap = (s: Shape) => permuteShape('op', s, transposeOrder('op', s, 0, axis)).shape;
          expect(concatShape('op', shapes.map(swap), axis).shape).toEqual(swap(joined));
          expect(concatShape('op', shapes.map(swap), axis - joined.length)).toEqual({ axis, shape: swap(joined) });
        },
      ),
    );
  });

  test('stack in front is a list of nested arrays; elsewhere, that moved there', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }), (s, count, at) => {
        const axis = at % (s.length + 1);
        const inFront = nestedShape(
          'op',
          indices(count).map(() => nest(s)),
        );
        const order = indices(s.length).map((i) => i + 1);
        const moved = permuteShape('op', inFront, order.toSpliced(axis, 0, 0)).shape;
        const shapes = indices(count).map(() => s);
        expect(stackShape('op', shapes, axis)).toEqual({ axis, shape: moved });
        expect(stackShape('op', shapes, axis - s.length - 1)).toEqual({ axis, shape: moved });
      }),
    );
  });

  test('lists that cannot be joined', () => {
    expect(() => concatShape('concat', [], 0)).toThrow('[concat] the list of tensors is empty');
    expect(() => stackShape('stack', [], 0)).toThrow('[stack] the list of tensors is empty');
    expect(() =>
      concatShape(
        'concat',
        [
          [2, 3],
          [2, 3, 1],
        ],
        0,
      ),
    ).toThrow('shapes [2,3] and [2,3,1] differ outside axis 0');
    expect(() => stackShape('stack', [[2], [3]], 0)).toThrow('shapes [2] and [3] differ');
  });

  test('indexSelect takes indices from either end', () => {
    fc.assert(
      fc.property(shapeWithAxis, fc.array(fc.integer({ min: -5, max: 4 })), ([s, at], asked) => {
        const { axis, shape: selected } = indexSelectShape('op', s, at, asked.length);
        expect(selected).toEqual(s.map((old, i) => (i === axis ? asked.length : old)));
        const places = asked.map((index) => indices(s[axis] ?? 0).at(index));
        expect(attempt(() => asked.map((index) => resolveIndex('op', s, axis, index)))).toEqual(
          places.includes(undefined) ? null : places,
        );
      }),
    );
  });
});

describe('windows', () => {
  const geometry = fc.record({
    length: fc.integer({ min: 0, max: 12 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.nat(3),
    dilation: fc.integer({ min: 1, max: 3 }),
  });

  const emptyAxis = { length: 0, kernel: 2, stride: 1, padding: 1, dilation: 1 };

  test('a convolution has one output for each place of its window', () => {
    fc.assert(
      fc.property(geometry, geometry, (h, w) => {
        // By enumeration: the window's last tap has to be within the padded axis.
        const places = ({ length, kernel, stride, padding, dilation }: typeof h) =>
          indices(40).filter((i) => i * stride + (kernel - 1) * dilation < length + 2 * padding).length;
        const expected = [places(h), places(w)];
        const window = {
          stride: [h.stride, w.stride],
          padding: [h.padding, w.padding],
          dilation: [h.dilation, w.dilation],
        } as const;
        const result = attempt(() =>
          conv2dShape('op', [2, 6, h.length, w.length], [4, 3, h.kernel, w.kernel], window, 2),
        );
        expect(result).toEqual(expected.includes(0) ? null : [2, 4, ...expected]);
        // Pooling needs pixels: of an empty image every window would see padding only.
        const pixels = h.length > 0 && w.length > 0;
        // Each window has an element on the image.
        const sees = ({ length, kernel, stride, padding, dilation }: typeof h, windows: number) =>
          indices(windows).every((i) =>
            indices(kernel).some((k) => {
              const at = i * stride + k * dilation - padding;
              return at >= 0 && at < length;
            }),
          );
        const seen = sees(h, expected[0] ?? 0) && sees(w, expected[1] ?? 0);
        const allowed =
          seen && pixels && 2 * h.padding <= h.kernel && 2 * w.padding <= w.kernel && !expected.includes(0);
        const pooled = attempt(() => pool2dShape('op', [2, 6, h.length, w.length], [h.kernel, w.kernel], window));
        expect(pooled).toEqual(allowed ? [2, 6, ...expected] : null);
      }),
      // Found with seed 2142420848: an empty image inside its padding.
      { examples: [[emptyAxis, emptyAxis]] },
    );
  });

  const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] } as const;

  test.each([
    [
      [1, 3, 9, 9],
      [8, 4, 3, 3],
      1,
      'the input has 3 channels, the weight expects 4; got x [1,3,9,9], weight [8,4,3,3]',
    ],
    [
      [1, 6, 9, 9],
      [8, 4, 3, 3],
      2,
      'the input has 6 channels, the weight expects 8; got x [1,6,9,9], weight [8,4,3,3]',
    ],
    [[1, 6, 9, 9], [7, 3, 3, 3], 2, '2 groups do not divide 7 outputs; got x [1,6,9,9], weight [7,3,3,3]'],
    [[1, 3, 9, 9], [8, 3, 3, 3], 0, 'groups is 0, and has to be a whole number from 1'],
    [[3, 9, 9], [8, 3, 3, 3], 1, 'x has shape [3,9,9], expected [N,C,H,W]'],
    [[1, 3, 9, 9], [8, 3, 3], 1, 'weight has shape [8,3,3], expected [O,C/groups,kh,kw]'],
    [
      [1, 3, 2, 9],
      [8, 3, 3, 3],
      1,
      'a window of [3,3] with dilation [1,1] does not fit into x [1,3,2,9] with padding [0,0]',
    ],
    [[1, 3, 9, 9], [8, 3, 0, 3], 1, 'window [0,3] needs whole numbers from 1'],
  ] as const)('conv2d refuses %j under %j in %d groups', (x, weight, groups, message) => {
    expect(() => conv2dShape('conv2d', x, weight, plain, groups)).toThrow(`[conv2d] ${message}`);
  });

  test.each([
    [{ stride: [0, 1] }, 'stride [0,1] needs whole numbers from 1'],
    [{ padding: [0, -1] }, 'padding [0,-1] needs whole numbers from 0'],
    [{ dilation: [1.5, 1] }, 'dilation [1.5,1] needs whole numbers from 1'],
  ] as const)('conv2d refuses %j', (setting, message) => {
    expect(() => conv2dShape('conv2d', [1, 1, 9, 9], [1, 1, 3, 3], { ...plain, ...setting })).toThrow(message);
  });

  test('pooling refuses padding that a window could drown in', () => {
    expect(() => pool2dShape('maxPool2d', [1, 1, 9, 9], [3, 3], { ...plain, padding: [2, 0] })).toThrow(
      '[maxPool2d] padding [2,0] is more than half of the window [3,3]',
    );
  });

  test('resizing needs pixels on both sides', () => {
    expect(resize2dShape('resizeBilinear', [2, 3, 5, 6], [1, 9])).toEqual([2, 3, 1, 9]);
    expect(() => resize2dShape('resizeBilinear', [2, 3, 0, 6], [4, 4])).toThrow(
      'x [2,3,0,6] cannot be resized to [4,4]',
    );
    expect(() => resize2dShape('resizeBilinear', [2, 3, 5, 6], [4, 0])).toThrow(
      'x [2,3,5,6] cannot be resized to [4,0]',
    );
  });
});
