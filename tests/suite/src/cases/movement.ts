import {
  broadcastTo,
  concat,
  flip,
  indexAdd,
  indexSelect,
  pad,
  permute,
  reshape,
  slice,
  stack,
  transpose,
  type PadWidth,
  type SliceRange,
  type Shape,
} from '@hypercorr/tensor';
import {
  broadcastToOp,
  concatOp,
  flipOp,
  indexAddOp,
  indexSelectOp,
  padOp,
  permuteOp,
  reshapeOp,
  run,
  sliceOp,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, int32, opCase } from '../case.ts';
import { whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { axisOrder, axisSize, broadcastable, oneAxis, oneOf, shapes, someAxes } from '../shapes.ts';
import { anyKind } from './elementwise.ts';

/** Movements take every dtype. */
const kinds = ['float', 'int32', 'bool'] as const;
const kind = fc.constantFrom(...kinds);

/** A value of its own for each axis of a shape. */
const eachAxis = <T>(shape: Shape, value: (size: number) => fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.tuple(...shape.map(value));

/** As Python's slices: any bound may be missing, negative or beyond the axis. */
const range = (size: number): fc.Arbitrary<SliceRange> => {
  const bound = fc.option(fc.integer({ min: -size - 2, max: size + 2 }), { nil: undefined });
  return fc.tuple(bound, bound, fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }));
};

const width: fc.Arbitrary<PadWidth> = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));

interface Joined {
  readonly kind: (typeof kinds)[number];
  readonly parts: readonly Shape[];
  readonly axis: number;
}

/** Shapes that differ along one axis only. */
const joined: fc.Arbitrary<Joined> = shapes({ minRank: 1, maxSize: 300 }).chain((shape) =>
  fc
    .record({
      kind,
      axis: oneAxis(shape.length),
      sizes: fc.array(fc.oneof(axisSize, fc.constant(0)), { minLength: 1, maxLength: 9 }),
    })
    .map(({ sizes, axis, ...rest }) => ({ ...rest, axis, parts: sizes.map((size) => shape.with(axis, size)) })),
);

export const movement = {
  reshapeOp: opCase(reshapeOp, {
    geometry: shapes({ empty: true })
      .chain((shape) =>
        fc.record({
          kind,
          shape: fc.constant(shape),
          target: fc.oneof(
            axisOrder(shape.length).map((order) => order.map((axis) => shape[axis] ?? 1)),
            fc.constant([-1]),
          ),
        }),
      )
      .filter(({ shape, target }) => !shape.includes(0) || !target.includes(-1)),
    fixed: [
      { kind: 'float', shape: [2, 3, 5], target: [5, -1] },
      { kind: 'int32', shape: [2, 3, 5], target: [30] },
      { kind: 'float', shape: [], target: [1, 1] },
      { kind: 'float', shape: [0, 3], target: [3, 0] },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { target }) => reshape(x, target),
    exact: true,
    linear: ['x'],
  }),
  permuteOp: opCase(permuteOp, {
    geometry: shapes({ maxRank: 6, empty: true }).chain((shape) =>
      fc.record({ kind, shape: fc.constant(shape), order: axisOrder(shape.length) }),
    ),
    fixed: [
      { kind: 'float', shape: [2, 3, 5], order: [2, 0, 1] },
      { kind: 'int32', shape: [2, 3, 5], order: [0, -1, -2] },
      { kind: 'bool', shape: [3, 4], order: [1, 0] },
      { kind: 'float', shape: [1, 2, 3, 4, 5, 2], order: [0, 4, 5, 1, 2, 3] },
      { kind: 'float', shape: [], order: [] },
      { kind: 'float', shape: [2, 0, 3], order: [2, 1, 0] },
    ],
    large: [
      { kind: 'float', shape: [301, 203], order: [1, 0] },
      { kind: 'float', shape: [3, 50, 7, 90], order: [0, 2, 3, 1] },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { order }) => (order.length === 2 ? transpose(x, 0, order[0] === 0 ? 0 : 1) : permute(x, order)),
    exact: true,
    linear: ['x'],
  }),
  broadcastToOp: opCase(broadcastToOp, {
    geometry: broadcastable(2, { empty: true, maxSize: 1000 }).chain(([a = [], b = []]) =>
      fc.record({ kind, shape: fc.constant(a), target: fc.constant(joinShapes(a, b)) }),
    ),
    fixed: [
      { kind: 'float', shape: [3, 1], target: [2, 3, 5] },
      { kind: 'int32', shape: [5], target: [2, 3, 5] },
      { kind: 'bool', shape: [2, 3, 1], target: [2, 3, 5] },
      { kind: 'float', shape: [], target: [7] },
      { kind: 'float', shape: [1, 3], target: [0, 3] },
    ],
    large: [{ kind: 'float', shape: [5, 1, 90], target: [5, 200, 90] }],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { target }) => broadcastTo(x, target),
    exact: true,
    linear: ['x'],
  }),
  sliceOp: opCase(sliceOp, {
    geometry: shapes({ empty: true }).chain((shape) =>
      fc.record({ kind, shape: fc.constant(shape), ranges: eachAxis(shape, range) }),
    ),
    fixed: [
      { kind: 'float', shape: [4, 7, 5], ranges: [[1, 3], [], [0, undefined, 2]] },
      { kind: 'int32', shape: [4, 7, 5], ranges: [[-3, -1], [5]] },
      { kind: 'float', shape: [33], ranges: [[2, 31, 3]] },
      { kind: 'float', shape: [4, 3], ranges: [[3, 1]] },
    ],
    large: [{ kind: 'float', shape: [40, 70, 35], ranges: [[1], [0, -1], [0, undefined, 2]] }],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { ranges }) => slice(x, ranges),
    exact: true,
    linear: ['x'],
  }),
  padOp: opCase(padOp, {
    geometry: shapes({ maxRank: 4, maxSize: 400, empty: true }).chain((shape) =>
      fc.record({
        kind,
        shape: fc.constant(shape),
        widths: eachAxis(shape, () => width),
        steps: fc.oneof(
          fc.constant(shape.map(() => 1)),
          eachAxis(shape, () => fc.integer({ min: 1, max: 3 })),
        ),
        value: oneOf(0, 1),
      }),
    ),
    fixed: [
      {
        kind: 'float',
        shape: [2, 3, 5],
        widths: [
          [0, 0],
          [1, 2],
          [3, 0],
        ],
        steps: [1, 1, 1],
        value: 1,
      },
      {
        kind: 'int32',
        shape: [2, 3, 5],
        widths: [
          [1, 1],
          [0, 0],
          [0, 1],
        ],
        steps: [1, 1, 1],
        value: 0,
      },
      {
        kind: 'float',
        shape: [3, 4],
        widths: [
          [1, 0],
          [2, 1],
        ],
        steps: [2, 3],
        value: 0,
      },
      {
        kind: 'float',
        shape: [0, 2],
        widths: [
          [2, 1],
          [0, 0],
        ],
        steps: [1, 1],
        value: 1,
      },
    ],
    large: [
      {
        kind: 'float',
        shape: [40, 30, 35],
        widths: [
          [1, 1],
          [0, 2],
          [3, 0],
        ],
        steps: [1, 2, 1],
        value: 0,
      },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    // Steps are for the gradient of slices: only the record has them.
    call: ({ x }, { widths, steps, value }) =>
      steps.every((step) => step === 1) ? pad(x, widths, { value }) : run(padOp, { x }, { widths, steps, value }),
    exact: true,
    linear: ['x'],
  }),
  concatOp: opCase(concatOp, {
    geometry: fc.oneof(
      joined.map((geometry) => ({ ...geometry, stacked: false })),
      joined.map(({ parts: [first = []], ...rest }) => ({ ...rest, parts: [first, first, first], stacked: true })),
    ),
    fixed: [
      {
        kind: 'float',
        parts: [
          [2, 3, 5],
          [2, 1, 5],
          [2, 4, 5],
        ],
        axis: 1,
        stacked: false,
      },
      { kind: 'int32', parts: [[3], [4]], axis: -1, stacked: false },
      {
        kind: 'float',
        parts: [
          [2, 2],
          [2, 0],
          [2, 1],
          [2, 1],
          [2, 3],
          [2, 1],
          [2, 2],
          [2, 1],
        ],
        axis: 1,
        stacked: false,
      },
      {
        kind: 'float',
        parts: [
          [2, 3],
          [2, 3],
        ],
        axis: -1,
        stacked: true,
      },
      { kind: 'bool', parts: [[], [], []], axis: 0, stacked: true },
    ],
    large: [
      {
        kind: 'float',
        parts: [
          [30, 300],
          [31, 300],
          [7, 300],
        ],
        axis: 0,
        stacked: false,
      },
    ],
    inputs: (geometry) => Object.fromEntries(geometry.parts.map((shape, i) => [`${i}`, anyKind(geometry.kind, shape)])),
    call: (tensors, { axis, stacked }) =>
      stacked ? stack(Object.values(tensors), axis) : concat(Object.values(tensors), axis),
    exact: true,
    linear: ['0'],
  }),
  flipOp: opCase(flipOp, {
    geometry: shapes({ empty: true }).chain((shape) =>
      fc.record({ kind, shape: fc.constant(shape), axes: fc.option(someAxes(shape.length), { nil: undefined }) }),
    ),
    fixed: [
      { kind: 'float', shape: [2, 3, 5], axes: [0, 2] },
      { kind: 'int32', shape: [4, 7], axes: [-1] },
      { kind: 'bool', shape: [4, 7], axes: [0] },
      { kind: 'float', shape: [3, 4], axes: undefined },
      { kind: 'float', shape: [3, 4], axes: [] },
      { kind: 'float', shape: [0, 4], axes: [0] },
    ],
    large: [
      { kind: 'float', shape: [301, 203], axes: [1] },
      { kind: 'float', shape: [30, 50, 70], axes: [0, 1] },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { axes }) => flip(x, { axes }),
    exact: true,
    linear: ['x'],
  }),
  indexSelectOp: opCase(indexSelectOp, {
    geometry: shapes({ minRank: 1 }).chain((shape) =>
      fc.record({ kind, shape: fc.constant(shape), axis: oneAxis(shape.length), count: oneOf(0, 1, 2, 5, 17) }),
    ),
    fixed: [
      { kind: 'float', shape: [2, 5, 3], axis: 1, count: 7 },
      { kind: 'int32', shape: [6], axis: -1, count: 4 },
      { kind: 'float', shape: [4, 3], axis: 0, count: 1 },
      { kind: 'float', shape: [4, 3], axis: 0, count: 0 },
    ],
    large: [{ kind: 'float', shape: [40, 50, 30], axis: 1, count: 60 }],
    inputs: (geometry) => ({
      x: anyKind(geometry.kind, geometry.shape),
      index: int32([geometry.count], validIndices(geometry)),
    }),
    call: ({ x, index }, { axis }) => indexSelect(x, index, axis),
    exact: true,
    linear: ['x'],
  }),
  indexAddOp: opCase(indexAddOp, {
    geometry: shapes({ minRank: 1 }).chain((shape) =>
      fc.record({ shape: fc.constant(shape), axis: oneAxis(shape.length), size: oneOf(1, 2, 5, 17) }),
    ),
    fixed: [
      { shape: [2, 5, 3], axis: 1, size: 4 },
      { shape: [6], axis: -1, size: 9 },
      { shape: [4, 3], axis: 0, size: 1 },
    ],
    large: [{ shape: [40, 60, 30], axis: 1, size: 50 }],
    inputs: ({ shape, axis, size }) => ({
      source: float(shape),
      index: int32([shape.at(axis) ?? 0], whole(-size, size - 1)),
    }),
    call: ({ source, index }, { axis, size }) => indexAdd(source, index, axis, size),
    linear: ['source'],
  }),
} satisfies Cases;

/** Indices along an axis, from its front or its end, many of them more than once. */
function validIndices({ shape, axis }: { readonly shape: Shape; readonly axis: number }) {
  const size = shape.at(axis) ?? 1;
  return whole(-size, size - 1);
}

/** The shape that two broadcast to. */
function joinShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x = 1, y = 1] = [a.at(axis - rank), b.at(axis - rank)];
    return x === 1 ? y : x;
  });
}
