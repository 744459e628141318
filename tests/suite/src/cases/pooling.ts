import { avgPool2d, maxPool2d, type Sides } from '@hypercorr/tensor';
import { avgPool2dGradientOp, avgPool2dOp, maxPool2dGradientOp, maxPool2dOp, run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase } from '../case.ts';
import { distinct, whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneOf } from '../shapes.ts';

type Two = readonly [height: number, width: number];

/** Pooling along one axis. */
interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: readonly [before: number, after: number];
  readonly dilation: number;
}

interface Pooling {
  /** Images and channels. */
  readonly planes: readonly [batch: number, channels: number];
  readonly axes: readonly [height: Axis, width: Axis];
  readonly ceilMode: boolean;
  /** Of averages: whether padding counts. */
  readonly countIncludePad: boolean;
}

/** The places of windows along an axis, one by one. */
function placesAlong({ size, kernel, stride, padding: [before, after], dilation }: Axis, ceilMode: boolean): number[] {
  const places: number[] = [];
  // A last window may reach one stride less an element beyond the padding; it starts before the image ends.
  const end = size + after + (ceilMode ? stride - 1 : 0);
  for (let start = -before; start + (kernel - 1) * dilation < end; start += stride) {
    if (!ceilMode || start < size) places.push(start);
  }
  return places;
}

/** Whether there are windows, and each has an element on the image. */
function isPossible(axis: Axis, ceilMode: boolean): boolean {
  const places = placesAlong(axis, ceilMode);
  const taps = Array.from({ length: axis.kernel }, (_, tap) => tap * axis.dilation);
  const sees = (start: number) => taps.some((tap) => start + tap >= 0 && start + tap < axis.size);
  return places.length > 0 && places.every(sees);
}

const axis = (dilations: readonly number[]): fc.Arbitrary<Axis> =>
  fc.integer({ min: 1, max: 4 }).chain((kernel) =>
    fc.record({
      size: oneOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 17),
      kernel: fc.constant(kernel),
      stride: fc.oneof(fc.constant(kernel), fc.integer({ min: 1, max: 4 })),
      padding: fc.oneof(
        fc.nat({ max: Math.floor(kernel / 2) }).map((both): [number, number] => [both, both]),
        fc.tuple(fc.nat({ max: Math.floor(kernel / 2) }), fc.nat({ max: Math.floor(kernel / 2) })),
      ),
      dilation: oneOf(...dilations),
    }),
  );

const poolings = (dilations: readonly number[]): fc.Arbitrary<Pooling> =>
  fc
    .record({
      planes: fc.tuple(oneOf(1, 2), oneOf(1, 2, 3, 5)),
      axes: fc.tuple(axis(dilations), axis(dilations)),
      ceilMode: fc.boolean(),
      countIncludePad: fc.boolean(),
    })
    .filter(({ axes, ceilMode }) => axes.every((along) => isPossible(along, ceilMode)));

/** A geometry with the same padding on both sides, and without options. */
function plain(planes: Two, size: Two, kernel: Two, stride: Two, padding: Two, countIncludePad: boolean): Pooling {
  const along = (at: 0 | 1): Axis => ({
    size: size[at],
    kernel: kernel[at],
    stride: stride[at],
    padding: [padding[at], padding[at]],
    dilation: 1,
  });
  return { planes, axes: [along(0), along(1)], ceilMode: false, countIncludePad };
}

/** Uneven padding, and last windows that reach beyond it. */
const ragged: Pooling = {
  planes: [1, 2],
  axes: [
    { size: 6, kernel: 3, stride: 2, padding: [0, 1], dilation: 1 },
    { size: 7, kernel: 2, stride: 3, padding: [1, 0], dilation: 1 },
  ],
  ceilMode: true,
  countIncludePad: true,
};

/** A window that is larger than the image and its padding. */
const larger: Pooling = {
  planes: [1, 1],
  axes: [
    { size: 2, kernel: 4, stride: 4, padding: [1, 0], dilation: 1 },
    { size: 5, kernel: 3, stride: 2, padding: [1, 1], dilation: 1 },
  ],
  ceilMode: true,
  countIncludePad: true,
};

const fixedPoolings: readonly Pooling[] = [
  plain([2, 3], [5, 6], [3, 3], [2, 2], [1, 1], true),
  plain([1, 2], [6, 4], [2, 2], [2, 2], [0, 0], true),
  plain([1, 2], [7, 5], [3, 2], [1, 3], [1, 0], false),
  plain([1, 1], [5, 3], [1, 3], [3, 1], [0, 1], true),
  ragged,
  { ...ragged, countIncludePad: false },
  { ...ragged, ceilMode: false, countIncludePad: false },
  larger,
];

/** Windows with holes, which averages do not have. */
const fixedDilated: readonly Pooling[] = [
  ...fixedPoolings,
  {
    planes: [1, 2],
    axes: [
      { size: 7, kernel: 3, stride: 1, padding: [1, 1], dilation: 2 },
      { size: 9, kernel: 2, stride: 2, padding: [1, 0], dilation: 3 },
    ],
    ceilMode: true,
    countIncludePad: true,
  },
];

const largePoolings: readonly Pooling[] = [
  plain([2, 16], [60, 61], [3, 3], [2, 2], [1, 1], true),
  plain([1, 20], [50, 40], [2, 2], [2, 2], [0, 0], false),
];

const dilations = [1, 1, 2, 3];

const image = ({ planes, axes: [rows, columns] }: Pooling) => [...planes, rows.size, columns.size] as const;
const pooled = ({ planes, axes: [rows, columns], ceilMode }: Pooling) =>
  [...planes, placesAlong(rows, ceilMode).length, placesAlong(columns, ceilMode).length] as const;

const both = <T>({ axes: [rows, columns] }: Pooling, of: (along: Axis) => T): readonly [height: T, width: T] => [
  of(rows),
  of(columns),
];
/** One number where both sides agree, as a user writes it. */
const sides = ({ padding: [before, after] }: Axis): Sides => (before === after ? before : [before, after]);

const kernelOf = (geometry: Pooling): Two => both(geometry, ({ kernel }) => kernel);
const optionsOf = (geometry: Pooling) => ({
  stride: both(geometry, ({ stride }) => stride),
  padding: both(geometry, sides),
  ceilMode: geometry.ceilMode,
});
const windowOf = (geometry: Pooling) => ({
  kernel: kernelOf(geometry),
  stride: both(geometry, ({ stride }) => stride),
  padding: both(geometry, ({ padding }) => padding[0]),
  paddingAfter: both(geometry, ({ padding }) => padding[1]),
  dilation: both(geometry, ({ dilation }) => dilation),
  ceilMode: geometry.ceilMode,
});

export const pooling = {
  maxPool2dOp: opCase(maxPool2dOp, {
    geometry: poolings(dilations),
    fixed: fixedDilated,
    large: largePoolings,
    inputs: (geometry) => ({ x: float(image(geometry), whole(-4, 4), distinct) }),
    call: ({ x }, geometry) =>
      maxPool2d(x, kernelOf(geometry), {
        ...optionsOf(geometry),
        dilation: both(geometry, ({ dilation }) => dilation),
      }),
    exact: true,
    second: 'refused',
  }),
  maxPool2dGradientOp: opCase(maxPool2dGradientOp, {
    geometry: poolings(dilations),
    fixed: fixedDilated,
    large: largePoolings,
    inputs: (geometry) => ({ x: float(image(geometry), whole(-4, 4), distinct), cotangent: float(pooled(geometry)) }),
    call: ({ x, cotangent }, geometry) => run(maxPool2dGradientOp, { x, cotangent }, windowOf(geometry)),
  }),
  avgPool2dOp: opCase(avgPool2dOp, {
    geometry: poolings([1]),
    fixed: fixedPoolings,
    large: largePoolings,
    inputs: (geometry) => ({ x: float(image(geometry)) }),
    call: ({ x }, geometry) =>
      avgPool2d(x, kernelOf(geometry), { ...optionsOf(geometry), countIncludePad: geometry.countIncludePad }),
    linear: ['x'],
  }),
  avgPool2dGradientOp: opCase(avgPool2dGradientOp, {
    geometry: poolings([1]),
    fixed: fixedPoolings,
    large: largePoolings,
    inputs: (geometry) => ({ cotangent: float(pooled(geometry)) }),
    call: ({ cotangent }, geometry) =>
      run(
        avgPool2dGradientOp,
        { cotangent },
        {
          ...windowOf(geometry),
          size: both(geometry, ({ size }) => size),
          countIncludePad: geometry.countIncludePad,
        },
      ),
    linear: ['cotangent'],
  }),
} satisfies Cases;
