import {
  argMax,
  argMin,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  tile,
  topK,
  tril,
  triu,
  type PadMode,
  type PadWidth,
  type Shape,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';
import { distinct, whole } from '../fills.ts';
import { axisSize, oneOf, shapes, someAxes } from '../shapes.ts';
import { anyKind } from './elementwise.ts';

// What moves elements, and is composed of other operations.

const kinds = ['float', 'int32', 'bool'] as const;
const kind = fc.constantFrom(...kinds);

interface Padding {
  readonly kind: (typeof kinds)[number];
  readonly shape: Shape;
  readonly mode: Exclude<PadMode, 'constant'>;
  readonly widths: readonly PadWidth[];
}

const paddings: fc.Arbitrary<Padding> = fc
  .record({
    kind,
    shape: shapes({ minRank: 1, maxRank: 4 }),
    mode: fc.constantFrom('reflect', 'replicate', 'circular'),
  })
  .chain(({ shape, mode, ...rest }) => {
    const furthest = (size: number) => Math.min(3, mode === 'reflect' ? size - 1 : mode === 'circular' ? size : 3);
    const width = (size: number) => fc.nat({ max: furthest(size) });
    return fc
      .tuple(...shape.map((size) => fc.tuple(width(size), width(size))))
      .map((widths) => ({ ...rest, shape, mode, widths }));
  });

const triangles = fc.record({
  kind,
  shape: shapes({ minRank: 2, maxRank: 4, empty: true }),
  diagonal: fc.integer({ min: -3, max: 3 }),
});

const fixedTriangles = [
  { kind: 'float', shape: [2, 4, 5], diagonal: 0 },
  { kind: 'int32', shape: [5, 3], diagonal: -1 },
  { kind: 'bool', shape: [3, 4], diagonal: 2 },
  { kind: 'float', shape: [3, 3], diagonal: -9 },
] as const;

interface Shuffle {
  readonly kind: (typeof kinds)[number];
  readonly batch: number;
  readonly channels: number;
  readonly size: readonly [height: number, width: number];
  readonly factor: number;
}

const shuffles: fc.Arbitrary<Shuffle> = fc.record({
  kind,
  batch: oneOf(1, 2),
  channels: oneOf(1, 2, 3),
  size: fc.tuple(oneOf(1, 2, 3, 5), oneOf(1, 2, 3, 5)),
  factor: oneOf(1, 2, 3),
});

const fixedShuffles: readonly Shuffle[] = [
  { kind: 'float', batch: 2, channels: 3, size: [2, 3], factor: 2 },
  { kind: 'int32', batch: 1, channels: 1, size: [2, 2], factor: 3 },
];

const positions = shapes({ minRank: 1, maxRank: 4 }).chain((shape) =>
  fc.record({ shape: fc.constant(shape), axes: someAxes(shape.length), keepDims: fc.boolean() }),
);

const fixedPositions = [
  { shape: [3, 7], axes: [1], keepDims: false },
  { shape: [2, 3, 4], axes: [0, -1], keepDims: true },
  { shape: [2, 3, 4], axes: [0, 1, 2], keepDims: false },
];

/** Ties almost everywhere. */
const tied = whole(-2, 2);

export const rearranging = {
  padEdges: functionCase('pad with its own elements', {
    geometry: paddings,
    fixed: [
      {
        kind: 'float',
        shape: [2, 4, 5],
        mode: 'reflect',
        widths: [
          [0, 0],
          [3, 2],
          [1, 4],
        ],
      },
      {
        kind: 'float',
        shape: [2, 3],
        mode: 'replicate',
        widths: [
          [0, 1],
          [5, 4],
        ],
      },
      {
        kind: 'int32',
        shape: [4, 3],
        mode: 'circular',
        widths: [
          [4, 1],
          [0, 3],
        ],
      },
      { kind: 'bool', shape: [4], mode: 'circular', widths: [[0, 0]] },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { widths, mode }) => pad(x, widths, { mode }),
    exact: true,
    linear: ['x'],
  }),
  tile: functionCase('tile', {
    geometry: shapes({ maxRank: 4, empty: true, maxSize: 200 }).chain((shape) =>
      fc.record({
        kind,
        shape: fc.constant(shape),
        repeats: fc.tuple(...shape.map(() => fc.nat({ max: 3 }))) as fc.Arbitrary<Shape>,
      }),
    ),
    fixed: [
      { kind: 'float', shape: [2, 3], repeats: [2, 3] },
      { kind: 'int32', shape: [2, 1, 3], repeats: [1, 4, 2] },
      { kind: 'float', shape: [], repeats: [] },
      { kind: 'float', shape: [3], repeats: [0] },
    ],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { repeats }) => tile(x, repeats),
    exact: true,
    linear: ['x'],
  }),
  tril: functionCase('tril', {
    geometry: triangles,
    fixed: fixedTriangles,
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { diagonal }) => tril(x, { diagonal }),
    exact: true,
    linear: ['x'],
  }),
  triu: functionCase('triu', {
    geometry: triangles,
    fixed: fixedTriangles,
    inputs: (geometry) => ({ x: anyKind(geometry.kind, geometry.shape) }),
    call: ({ x }, { diagonal }) => triu(x, { diagonal }),
    exact: true,
    linear: ['x'],
  }),
  pixelShuffle: functionCase('pixelShuffle', {
    geometry: shuffles,
    fixed: fixedShuffles,
    inputs: (geometry) => ({
      x: anyKind(geometry.kind, [geometry.batch, geometry.channels * geometry.factor ** 2, ...geometry.size]),
    }),
    call: ({ x }, { factor }) => pixelShuffle(x, factor),
    exact: true,
    linear: ['x'],
  }),
  pixelUnshuffle: functionCase('pixelUnshuffle', {
    geometry: shuffles,
    fixed: fixedShuffles,
    inputs: ({ kind: of, batch, channels, size: [height, width], factor }) => ({
      x: anyKind(of, [batch, channels, height * factor, width * factor]),
    }),
    call: ({ x }, { factor }) => pixelUnshuffle(x, factor),
    exact: true,
    linear: ['x'],
  }),
  argMaxLast: functionCase('argMax of the last', {
    geometry: positions,
    fixed: fixedPositions,
    inputs: ({ shape }) => ({ x: float(shape, tied, distinct) }),
    call: ({ x }, { axes, keepDims }) => argMax(x, { axes, keepDims, selectLast: true }),
    exact: true,
  }),
  argMinLast: functionCase('argMin of the last', {
    geometry: positions,
    fixed: fixedPositions,
    inputs: ({ shape }) => ({ x: float(shape, tied, distinct) }),
    call: ({ x }, { axes, keepDims }) => argMin(x, { axes, keepDims, selectLast: true }),
    exact: true,
  }),
  topKInPlace: functionCase('topK in the order of x', {
    geometry: fc
      .record({ lines: axisSize, size: oneOf(1, 2, 5, 17), largest: fc.boolean() })
      .chain((rest) => fc.nat({ max: rest.size }).map((k) => ({ ...rest, k }))),
    fixed: [
      { lines: 3, size: 17, largest: true, k: 5 },
      { lines: 2, size: 5, largest: false, k: 5 },
    ],
    inputs: ({ lines, size }) => ({ x: float([lines, size], tied, distinct) }),
    call: ({ x }, { k, largest }) => topK(x, k, { largest, sorted: false }).values,
    exact: true,
  }),
};
