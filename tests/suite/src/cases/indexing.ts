import { argSort, gather, oneHot, scatter, scatterAdd, sort, split, topK, type Shape } from '@hypercorr/tensor';
import { argSortOp, gatherOp, run, scatterAddOp, scatterOp } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, functionCase, int32, opCase } from '../case.ts';
import { between, distinct, whole, type Fill } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneAxis, oneOf, shapes } from '../shapes.ts';
import { anyKind, type Fills } from './elementwise.ts';

const kinds = ['float', 'int32', 'bool'] as const;
const kind = fc.constantFrom(...kinds);

/** Ties almost everywhere; none where differences are taken. */
const tied: Fills = { fill: whole(-4, 4), smooth: distinct };

interface Order {
  readonly kind: (typeof kinds)[number];
  readonly shape: Shape;
  readonly axis: number;
  readonly descending: boolean;
  /** How many are kept of each line. */
  readonly count: number;
}

const sizeOfAxis = (shape: Shape, axis: number): number => shape.at(axis) ?? 1;

/** Whole lines, or the first few of them. */
const order: fc.Arbitrary<Order> = shapes({ minRank: 1, empty: true }).chain((shape) =>
  oneAxis(shape.length).chain((axis) => {
    const size = sizeOfAxis(shape, axis);
    const count = fc.oneof(fc.constant(size), fc.nat({ max: size }), fc.nat({ max: Math.min(2, size) }));
    return fc.record({ kind, shape: fc.constant(shape), axis: fc.constant(axis), descending: fc.boolean(), count });
  }),
);

const fixedOrders: readonly Order[] = [
  { kind: 'float', shape: [2, 7, 3], axis: 1, descending: false, count: 7 },
  { kind: 'float', shape: [4, 37], axis: -1, descending: true, count: 37 },
  { kind: 'float', shape: [33, 2], axis: 0, descending: false, count: 3 },
  { kind: 'int32', shape: [5, 20], axis: 1, descending: true, count: 4 },
  { kind: 'bool', shape: [9], axis: 0, descending: false, count: 9 },
  { kind: 'float', shape: [3, 1], axis: 1, descending: false, count: 1 },
  { kind: 'float', shape: [2, 0], axis: 1, descending: false, count: 0 },
];

const largeOrders: readonly Order[] = [
  { kind: 'float', shape: [30, 300, 7], axis: 1, descending: false, count: 300 },
  { kind: 'float', shape: [90, 1000], axis: 1, descending: true, count: 10 },
  { kind: 'int32', shape: [700, 90], axis: 0, descending: false, count: 700 },
];

interface Indexed {
  readonly shape: Shape;
  readonly axis: number;
  /** Of the index: as `shape` or shorter, but along the axis. */
  readonly index: Shape;
}

const indexed: fc.Arbitrary<Indexed> = shapes({ minRank: 1 }).chain((shape) =>
  fc
    .record({
      axis: oneAxis(shape.length),
      count: oneOf(0, 1, 2, 5, 17),
      shorter: fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 }),
    })
    .map(({ axis, count, shorter }) => ({
      shape,
      axis,
      index: shape.map((size, at) => Math.max(1, size - (shorter[at] ?? 0))).with(axis, count),
    })),
);

const fixedIndices: readonly Indexed[] = [
  { shape: [2, 5, 3], axis: 1, index: [2, 7, 3] },
  { shape: [4, 6], axis: -1, index: [3, 2] },
  { shape: [3, 4, 5], axis: 0, index: [2, 3, 4] },
  { shape: [6], axis: 0, index: [9] },
  { shape: [4, 3], axis: 0, index: [0, 3] },
];

const largeIndices: readonly Indexed[] = [
  { shape: [40, 50, 30], axis: 1, index: [40, 60, 29] },
  { shape: [50, 1000], axis: 1, index: [50, 900] },
  { shape: [300, 90], axis: 0, index: [700, 90] },
];

/** Indices along the axis, from its front or its end, many of them more than once. */
const indexOf = ({ shape, axis, index }: Indexed) => {
  const size = sizeOfAxis(shape, axis);
  return int32(index, whole(-size, size - 1));
};

const reductions = ['assign', 'max', 'min', 'mul'] as const;

/** Ties and zeros almost everywhere. Where differences are taken, no ties, also with another `offset`, and no zeros. */
function scattered(isFloat: boolean, shape: Shape, reduce: (typeof reductions)[number], offset: number) {
  const apart: Fill = (random, size) => distinct(random, size).map((value) => Math.fround(value + offset));
  const smooth = reduce === 'mul' ? between(0.5, 1.5) : apart;
  return anyKind(isFloat ? 'float' : 'int32', shape, { fill: whole(-1, 2), smooth });
}

export const indexing = {
  argSortOp: opCase(argSortOp, {
    geometry: order,
    fixed: fixedOrders,
    large: largeOrders,
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape, tied) }),
    call: ({ x }, { axis, descending, count }) =>
      count === sizeOfAxis(x.shape, axis)
        ? argSort(x, { axis, descending })
        : run(argSortOp, { x }, { axis, descending, count }),
    exact: true,
  }),
  gatherOp: opCase(gatherOp, {
    geometry: fc.record({ kind, indexed }).map(({ kind: of, indexed: geometry }) => ({ kind: of, ...geometry })),
    fixed: fixedIndices.flatMap((geometry) => kinds.map((of) => ({ kind: of, ...geometry }))),
    large: largeIndices.map((geometry) => ({ kind: 'float' as const, ...geometry })),
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape), index: indexOf(geometry) }),
    call: ({ x, index }, { axis }) => gather(x, index, axis),
    exact: true,
    linear: ['x'],
  }),
  scatterAddOp: opCase(scatterAddOp, {
    geometry: indexed,
    fixed: fixedIndices,
    large: largeIndices,
    inputs: (geometry) => ({ source: float(geometry.index), index: indexOf(geometry) }),
    call: ({ source, index }, { axis, shape }) => scatterAdd(source, index, axis, shape),
    linear: ['source'],
  }),
  scatterOp: opCase(scatterOp, {
    geometry: fc.record({ indexed, reduce: fc.constantFrom(...reductions), isFloat: fc.boolean() }),
    fixed: fixedIndices.flatMap((each) =>
      reductions.flatMap((reduce) => [
        { indexed: each, reduce, isFloat: true },
        { indexed: each, reduce, isFloat: false },
      ]),
    ),
    large: largeIndices.flatMap((each) => reductions.map((reduce) => ({ indexed: each, reduce, isFloat: true }))),
    inputs: ({ indexed: each, reduce, isFloat }) => ({
      x: scattered(isFloat, each.shape, reduce, 0.025),
      source: scattered(isFloat, each.index, reduce, 0),
      index: indexOf(each),
    }),
    call: ({ x, source, index }, { indexed: { axis }, reduce }) => scatter(x, source, index, axis, { reduce }),
  }),
} satisfies Cases;

/** What is composed of those, and of others. */
export const indexingFunctions = {
  sort: functionCase('sort', {
    geometry: order,
    fixed: fixedOrders,
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape, tied) }),
    call: ({ x }, { axis, descending }) => sort(x, { axis, descending }).values,
    exact: true,
  }),
  topK: functionCase('topK', {
    geometry: order,
    fixed: fixedOrders,
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape, tied) }),
    call: ({ x }, { axis, descending, count }) => topK(x, count, { axis, largest: descending }).values,
    exact: true,
  }),
  split: functionCase('split', {
    geometry: shapes({ minRank: 1 }).chain((shape) =>
      oneAxis(shape.length).chain((axis) =>
        fc.record({
          kind,
          shape: fc.constant(shape),
          axis: fc.constant(axis),
          at: fc.nat({ max: sizeOfAxis(shape, axis) }),
          part: fc.nat({ max: 1 }),
        }),
      ),
    ),
    fixed: [
      { kind: 'float', shape: [2, 5, 3], axis: 1, at: 2, part: 1 },
      { kind: 'int32', shape: [7], axis: -1, at: 7, part: 1 },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call({ x }, { axis, at, part }) {
      const [first, second] = split(x, [at, sizeOfAxis(x.shape, axis) - at], axis);
      return part === 0 ? first : second;
    },
    exact: true,
    linear: ['x'],
  }),
  oneHot: functionCase('oneHot', {
    geometry: fc.record({ shape: shapes({ maxRank: 3, empty: true }), classes: oneOf(1, 2, 7) }),
    fixed: [
      { shape: [2, 3], classes: 4 },
      { shape: [], classes: 2 },
    ],
    inputs: ({ shape, classes }) => ({ labels: int32(shape, whole(0, classes - 1)) }),
    call: ({ labels }, { classes }) => oneHot(labels, classes),
    exact: true,
  }),
};
