import {
  avgPool1d,
  avgPool3d,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose3d,
  maxPool1d,
  maxPool3d,
  type PairPadding,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';
import { distinct, whole } from '../fills.ts';
import { oneOf } from '../shapes.ts';

type Two = readonly [height: number, width: number];

/** A convolution with padding that may differ from side to side, which pads first. */
interface Uneven {
  readonly size: Two;
  readonly kernel: Two;
  readonly dilation: Two;
  readonly groups: number;
  readonly padding: PairPadding | 'same';
  readonly bias: boolean;
}

const small = fc.integer({ min: 1, max: 4 });
const side = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));

const uneven: fc.Arbitrary<Uneven> = fc.record({
  size: fc.tuple(oneOf(7, 8, 9), oneOf(7, 10)),
  kernel: fc.tuple(small, small),
  dilation: fc.tuple(oneOf(1, 2), oneOf(1, 2)),
  groups: oneOf(1, 2),
  padding: fc.oneof(fc.constant('same' as const), fc.tuple(side, side)),
  bias: fc.boolean(),
});

type Three = readonly [depth: number, height: number, width: number];

/** A window over three axes, and over the first of them alone. */
export interface Volume {
  readonly batch: number;
  readonly groups: number;
  readonly size: Three;
  readonly kernel: Three;
  readonly stride: Three;
  readonly padding: Three;
  readonly dilation: Three;
  readonly bias: boolean;
}

const threeOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Three> => fc.tuple(value, value, value);

const volumes: fc.Arbitrary<Volume> = fc
  .record({
    batch: oneOf(1, 2),
    groups: oneOf(1, 2),
    size: threeOf(oneOf(2, 3, 4, 5)),
    kernel: threeOf(oneOf(1, 2, 3)),
    stride: threeOf(oneOf(1, 2, 3)),
    padding: threeOf(oneOf(0, 1)),
    dilation: threeOf(oneOf(1, 1, 2)),
    bias: fc.boolean(),
  })
  // Convolutions of both directions have results, and maxima see the volume.
  .filter(({ size, kernel, stride, padding, dilation }) =>
    size.every((length, axis) => {
      const reach = (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
      const paddings = 2 * (padding[axis] ?? 0);
      return (
        reach <= length + paddings &&
        (length - 1) * (stride[axis] ?? 1) + reach > paddings &&
        paddings <= (kernel[axis] ?? 1)
      );
    }),
  );

const plainVolume: Volume = {
  batch: 2,
  groups: 1,
  size: [4, 3, 5],
  kernel: [3, 2, 3],
  stride: [1, 1, 1],
  padding: [1, 0, 1],
  dilation: [1, 1, 1],
  bias: true,
};

const fixedVolumes: readonly Volume[] = [
  plainVolume,
  { ...plainVolume, batch: 1, groups: 2, size: [5, 4, 4], stride: [2, 3, 1], dilation: [2, 1, 1] },
  { ...plainVolume, kernel: [1, 1, 2], padding: [0, 0, 0], bias: false },
];

const largeVolumes: readonly Volume[] = [{ ...plainVolume, size: [12, 20, 21] }];

const of = (shape: readonly number[], axes: 1 | 3): readonly number[] => shape.slice(0, axes);

function weighted({ batch, groups, size, kernel, bias }: Volume, axes: 1 | 3) {
  return {
    x: float([batch, 2 * groups, ...of(size, axes)]),
    weight: float([3 * groups, 2, ...of(kernel, axes)]),
    bias: bias ? float([3 * groups]) : undefined,
  };
}

function transposed({ batch, groups, size, kernel, bias }: Volume, axes: 1 | 3) {
  return {
    x: float([batch, 2 * groups, ...of(size, axes)]),
    weight: float([2 * groups, 3, ...of(kernel, axes)]),
    bias: bias ? float([3 * groups]) : undefined,
  };
}

const pooledOf = ({ batch, size }: Volume, axes: 1 | 3) => [batch, 2, ...of(size, axes)];

const shared = { geometry: volumes, fixed: fixedVolumes, large: largeVolumes };
const linear = ['x', 'weight', 'bias'] as const;

/** Convolutions that are composed of several operations. */
export const convolutionFunctions = {
  conv2dPadded: functionCase('conv2d with uneven padding', {
    geometry: uneven,
    fixed: [
      { size: [5, 6], kernel: [2, 4], dilation: [1, 1], groups: 1, padding: 'same', bias: true },
      { size: [5, 6], kernel: [3, 2], dilation: [2, 3], groups: 2, padding: 'same', bias: false },
      {
        size: [5, 4],
        kernel: [3, 3],
        dilation: [1, 1],
        groups: 1,
        padding: [
          [0, 2],
          [1, 0],
        ],
        bias: true,
      },
    ],
    inputs: ({ size, kernel, groups, bias }) => ({
      x: float([2, 2 * groups, ...size]),
      weight: float([3 * groups, 2, ...kernel]),
      bias: bias ? float([3 * groups]) : undefined,
    }),
    call: ({ x, weight, bias }, { dilation, groups, padding }) =>
      conv2d(x, weight, { bias, dilation, groups, padding }),
    linear: ['x', 'weight', 'bias'],
  }),
  conv1d: functionCase('conv1d', {
    ...shared,
    inputs: (geometry) => weighted(geometry, 1),
    call: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
      conv1d(x, weight, { bias, stride: stride[0], padding: padding[0], dilation: dilation[0], groups }),
    linear,
  }),
  conv3d: functionCase('conv3d', {
    ...shared,
    inputs: (geometry) => weighted(geometry, 3),
    call: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
      conv3d(x, weight, { bias, stride, padding, dilation, groups }),
    linear,
  }),
  convTranspose1d: functionCase('convTranspose1d', {
    ...shared,
    inputs: (geometry) => transposed(geometry, 1),
    call: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
      convTranspose1d(x, weight, {
        bias,
        stride: stride[0],
        padding: padding[0],
        dilation: dilation[0],
        outputPadding: stride[0] - 1,
        groups,
      }),
    linear,
  }),
  convTranspose3d: functionCase('convTranspose3d', {
    ...shared,
    inputs: (geometry) => transposed(geometry, 3),
    call: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
      convTranspose3d(x, weight, {
        bias,
        stride,
        padding,
        dilation,
        outputPadding: [stride[0] - 1, stride[1] - 1, stride[2] - 1],
        groups,
      }),
    linear,
  }),
  maxPool1d: functionCase('maxPool1d', {
    ...shared,
    inputs: (geometry) => ({ x: float(pooledOf(geometry, 1), whole(-4, 4), distinct) }),
    call: ({ x }, { kernel, stride, padding }) => maxPool1d(x, kernel[0], { stride: stride[0], padding: padding[0] }),
    exact: true,
    second: 'refused',
  }),
  maxPool3d: functionCase('maxPool3d', {
    ...shared,
    inputs: (geometry) => ({ x: float(pooledOf(geometry, 3), whole(-4, 4), distinct) }),
    call: ({ x }, { kernel, stride, padding }) => maxPool3d(x, kernel, { stride, padding, ceilMode: true }),
    second: 'refused',
  }),
  avgPool1d: functionCase('avgPool1d', {
    ...shared,
    inputs: (geometry) => ({ x: float(pooledOf(geometry, 1)) }),
    call: ({ x }, { kernel, stride, padding, bias }) =>
      avgPool1d(x, kernel[0], { stride: stride[0], padding: padding[0], ceilMode: true, countIncludePad: bias }),
    linear: ['x'],
  }),
  avgPool3d: functionCase('avgPool3d', {
    ...shared,
    inputs: (geometry) => ({ x: float(pooledOf(geometry, 3)) }),
    call: ({ x }, { kernel, stride, padding, bias }) =>
      avgPool3d(x, kernel, { stride, padding, ceilMode: true, countIncludePad: bias }),
    linear: ['x'],
  }),
};
