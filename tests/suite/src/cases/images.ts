import {
  adaptiveAvgPool2d,
  channelDropout,
  convTranspose2d,
  dropout,
  key,
  resizeBilinear,
  resizeNearest,
} from '@hypercorr/tensor';
import {
  adaptiveAvgPool2dGradientOp,
  adaptiveAvgPool2dOp,
  resizeBilinearGradientOp,
  resizeBilinearOp,
  run,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, functionCase, opCase } from '../case.ts';
import type { Cases } from '../records.ts';
import { oneOf, shapes } from '../shapes.ts';
import { anyKind } from './elementwise.ts';

type Two = readonly [height: number, width: number];

const pairOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Two> => fc.tuple(value, value);
const planes: fc.Arbitrary<Two> = fc.tuple(oneOf(1, 2), oneOf(1, 2, 3, 5));
const imageSize = pairOf(oneOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 17));

const image = ({ planes: [batch, channels], size }: { readonly planes: Two; readonly size: Two }) =>
  [batch, channels, ...size] as const;
interface Binning {
  readonly planes: Two;
  readonly size: Two;
  /** Bins along both axes. */
  readonly to: Two;
}

const binning: fc.Arbitrary<Binning> = fc.record({ planes, size: imageSize, to: pairOf(oneOf(1, 2, 3, 6, 7, 8, 16)) });

/** One bin, those that share elements, those that divide the image, and more of them than elements. */
const fixedBinnings: readonly Binning[] = [
  { planes: [2, 3], size: [5, 6], to: [1, 1] },
  { planes: [1, 2], size: [7, 10], to: [3, 6] },
  { planes: [2, 1], size: [6, 8], to: [3, 4] },
  { planes: [1, 2], size: [5, 1], to: [8, 3] },
];

const largeBinnings: readonly Binning[] = [
  { planes: [2, 16], size: [60, 61], to: [6, 8] },
  { planes: [4, 40], size: [30, 17], to: [1, 1] },
];

interface Resizing {
  readonly planes: Two;
  readonly size: Two;
  readonly to: Two;
  readonly alignCorners: boolean;
}

const resizing: fc.Arbitrary<Resizing> = fc.record({
  planes,
  size: imageSize,
  to: imageSize,
  alignCorners: fc.boolean(),
});

const fixedResizings: readonly Resizing[] = [
  { planes: [2, 3], size: [4, 5], to: [8, 10], alignCorners: true },
  { planes: [2, 3], size: [4, 5], to: [8, 10], alignCorners: false },
  { planes: [1, 2], size: [9, 6], to: [4, 3], alignCorners: true },
  { planes: [1, 2], size: [9, 6], to: [4, 7], alignCorners: false },
  { planes: [1, 1], size: [1, 3], to: [4, 1], alignCorners: true },
  { planes: [1, 1], size: [3, 2], to: [3, 2], alignCorners: false },
];

const largeResizings: readonly Resizing[] = [
  { planes: [2, 9], size: [30, 31], to: [61, 57], alignCorners: true },
  { planes: [2, 9], size: [61, 57], to: [30, 31], alignCorners: false },
];

interface TransposedConvolution {
  readonly batch: number;
  readonly groups: number;
  readonly channelsPerGroup: number;
  readonly outputsPerGroup: number;
  readonly size: Two;
  readonly kernel: Two;
  readonly stride: Two;
  readonly padding: Two;
  readonly dilation: Two;
  readonly outputPadding: Two;
  readonly bias: boolean;
}

const transposedConvolution: fc.Arbitrary<TransposedConvolution> = pairOf(oneOf(1, 2, 3)).chain((stride) =>
  fc
    .record({
      batch: oneOf(1, 2),
      groups: oneOf(1, 2, 3),
      channelsPerGroup: oneOf(1, 2, 4),
      outputsPerGroup: oneOf(1, 2, 5),
      size: pairOf(oneOf(1, 2, 3, 5, 8)),
      kernel: pairOf(oneOf(1, 2, 3, 4)),
      stride: fc.constant(stride),
      padding: pairOf(oneOf(0, 1, 2)),
      dilation: pairOf(oneOf(1, 2)),
      outputPadding: fc.tuple(fc.nat({ max: stride[0] - 1 }), fc.nat({ max: stride[1] - 1 })),
      bias: fc.boolean(),
    })
    .filter(({ size, kernel, stride: steps, padding, dilation, outputPadding }) =>
      ([0, 1] as const).every(
        (axis) =>
          (size[axis] - 1) * steps[axis] + dilation[axis] * (kernel[axis] - 1) + outputPadding[axis] >=
          2 * padding[axis],
      ),
    ),
);

const one: Two = [1, 1];
const two: Two = [2, 2];
const three: Two = [3, 3];
const upsampling = {
  groups: 1,
  channelsPerGroup: 3,
  kernel: three,
  stride: two,
  padding: one,
  dilation: one,
  outputPadding: one,
  bias: true,
};

const fixedTransposed: readonly TransposedConvolution[] = [
  { ...upsampling, batch: 2, outputsPerGroup: 2, size: [3, 4] },
  {
    ...upsampling,
    batch: 1,
    groups: 2,
    outputsPerGroup: 1,
    size: [4, 3],
    stride: one,
    outputPadding: [0, 0],
    bias: false,
  },
  {
    ...upsampling,
    batch: 1,
    outputsPerGroup: 4,
    size: [2, 5],
    kernel: [2, 4],
    stride: [2, 3],
    padding: [0, 1],
    dilation: [1, 2],
    outputPadding: [0, 2],
  },
];

export const images = {
  adaptiveAvgPool2dOp: opCase(adaptiveAvgPool2dOp, {
    geometry: binning,
    fixed: fixedBinnings,
    large: largeBinnings,
    inputs: (geometry) => ({ x: float(image(geometry)) }),
    call: ({ x }, { to }) => adaptiveAvgPool2d(x, to),
    linear: ['x'],
  }),
  adaptiveAvgPool2dGradientOp: opCase(adaptiveAvgPool2dGradientOp, {
    geometry: binning,
    fixed: fixedBinnings,
    large: largeBinnings,
    inputs: (geometry) => ({ cotangent: float(image({ planes: geometry.planes, size: geometry.to })) }),
    call: ({ cotangent }, { size }) => run(adaptiveAvgPool2dGradientOp, { cotangent }, { size }),
    linear: ['cotangent'],
  }),
  resizeBilinearOp: opCase(resizeBilinearOp, {
    geometry: resizing,
    fixed: fixedResizings,
    large: largeResizings,
    inputs: (geometry) => ({ x: float(image(geometry)) }),
    call: ({ x }, { to, alignCorners }) => resizeBilinear(x, to, { alignCorners }),
    linear: ['x'],
  }),
  resizeBilinearGradientOp: opCase(resizeBilinearGradientOp, {
    geometry: resizing,
    fixed: fixedResizings,
    large: largeResizings,
    inputs: (geometry) => ({ cotangent: float(image({ planes: geometry.planes, size: geometry.to })) }),
    call: ({ cotangent }, { size, alignCorners }) =>
      run(resizeBilinearGradientOp, { cotangent }, { size, alignCorners }),
    linear: ['cotangent'],
  }),
} satisfies Cases;

/** Functions of images that are composed of other operations. */
export const imageFunctions = {
  resizeNearest: functionCase('resizeNearest', {
    geometry: fc.record({ kind: fc.constantFrom('float', 'int32', 'bool'), planes, size: imageSize, to: imageSize }),
    fixed: [
      { kind: 'float', planes: [2, 3], size: [4, 5], to: [8, 7] },
      { kind: 'int32', planes: [1, 1], size: [9, 6], to: [4, 5] },
      { kind: 'bool', planes: [1, 2], size: [3, 1], to: [3, 4] },
    ],
    large: [{ kind: 'float', planes: [2, 9], size: [30, 31], to: [61, 57] }],
    inputs: (geometry) => ({ x: anyKind(geometry.kind, image(geometry)) }),
    call: ({ x }, { to }) => resizeNearest(x, to),
    exact: true,
    linear: ['x'],
  }),
  convTranspose2d: functionCase('convTranspose2d', {
    geometry: transposedConvolution,
    fixed: fixedTransposed,
    large: [{ ...upsampling, batch: 2, channelsPerGroup: 24, outputsPerGroup: 16, size: [20, 21] }],
    inputs: ({ batch, groups, channelsPerGroup, outputsPerGroup, size, kernel, bias }) => ({
      x: float([batch, groups * channelsPerGroup, ...size]),
      weight: float([groups * channelsPerGroup, outputsPerGroup, ...kernel]),
      bias: bias ? float([groups * outputsPerGroup]) : undefined,
    }),
    call: ({ x, weight, bias }, { stride, padding, dilation, outputPadding, groups }) =>
      convTranspose2d(x, weight, { bias, stride, padding, dilation, outputPadding, groups }),
    linear: ['x', 'weight', 'bias'],
  }),
  dropout: functionCase('dropout', {
    geometry: fc.record({ shape: shapes(), p: oneOf(0, 0.1, 0.5, 0.875, 1), seed: fc.nat({ max: 99 }) }),
    fixed: [
      { shape: [4, 7], p: 0.5, seed: 1 },
      { shape: [], p: 0, seed: 2 },
      { shape: [2, 3, 5], p: 1, seed: 3 },
    ],
    large: [{ shape: [50, 70, 11], p: 0.3, seed: 4 }],
    inputs: ({ shape }) => ({ x: float(shape) }),
    call: ({ x }, { p, seed }) => dropout(x, key(seed), { p }),
    linear: ['x'],
  }),
  channelDropout: functionCase('channelDropout', {
    geometry: fc.record({ planes, size: imageSize, p: oneOf(0, 0.1, 0.5, 1), seed: fc.nat({ max: 99 }) }),
    fixed: [
      { planes: [2, 5], size: [3, 4], p: 0.5, seed: 1 },
      { planes: [1, 3], size: [1, 1], p: 0, seed: 2 },
    ],
    inputs: (geometry) => ({ x: float(image(geometry)) }),
    call: ({ x }, { p, seed }) => channelDropout(x, key(seed), { p }),
    linear: ['x'],
  }),
};
