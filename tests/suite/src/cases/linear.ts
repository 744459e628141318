import { conv2d, matmul, type Pair, type Shape } from '@hypercorr/tensor';
import { conv2dInputGradientOp, conv2dOp, conv2dWeightGradientOp, matmulOp, run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase } from '../case.ts';
import type { Cases } from '../records.ts';
import { axisSize, broadcastable, oneOf } from '../shapes.ts';

interface Product {
  readonly batches: readonly Shape[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const product = (m: number, k: number, n: number, batches: readonly Shape[] = [[], []]): Product[] =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ batches, m, k, n, transposeA, transposeB })),
  );

/** A convolution; sizes of images are odd and even, and windows may hang over every edge. */
interface Convolution {
  readonly batch: number;
  readonly groups: number;
  readonly channelsPerGroup: number;
  readonly outputsPerGroup: number;
  readonly size: Two;
  readonly kernel: Two;
  readonly stride: Two;
  readonly padding: Two;
  readonly dilation: Two;
  readonly bias: boolean;
}

type Two = readonly [height: number, width: number];
const pairOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Two> => fc.tuple(value, value);
const bothOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Two> => value.map((both) => [both, both]);

const convolution: fc.Arbitrary<Convolution> = fc
  .record({
    batch: oneOf(1, 2),
    groups: oneOf(1, 1, 2, 3),
    channelsPerGroup: oneOf(1, 2, 3, 4, 5, 9),
    outputsPerGroup: oneOf(1, 2, 3, 4, 5, 8, 9),
    size: pairOf(oneOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13)),
    kernel: fc.oneof(bothOf(oneOf(1, 3)), pairOf(fc.integer({ min: 1, max: 5 }))),
    stride: fc.oneof(bothOf(fc.constant(1)), pairOf(fc.integer({ min: 1, max: 4 }))),
    padding: pairOf(fc.nat({ max: 3 })),
    dilation: fc.oneof(bothOf(fc.constant(1)), pairOf(fc.integer({ min: 1, max: 3 }))),
    bias: fc.boolean(),
  })
  .filter((geometry) => outputSize(geometry).every((size) => size >= 1));

const plain = { groups: 1, stride: [1, 1], padding: [0, 0], dilation: [1, 1], bias: true, batch: 1 } as const;

const fixedConvolutions: readonly Convolution[] = [
  { ...plain, channelsPerGroup: 3, outputsPerGroup: 4, size: [5, 6], kernel: [3, 3], padding: [1, 1] },
  { ...plain, batch: 2, channelsPerGroup: 5, outputsPerGroup: 3, size: [4, 3], kernel: [1, 1], bias: false },
  {
    ...plain,
    groups: 2,
    channelsPerGroup: 2,
    outputsPerGroup: 3,
    size: [7, 6],
    kernel: [3, 2],
    stride: [2, 3],
    padding: [2, 0],
  },
  {
    ...plain,
    groups: 4,
    channelsPerGroup: 1,
    outputsPerGroup: 1,
    size: [6, 7],
    kernel: [3, 3],
    padding: [2, 2],
    dilation: [2, 2],
  },
  { ...plain, channelsPerGroup: 1, outputsPerGroup: 2, size: [9, 8], kernel: [2, 1], stride: [4, 4], bias: false },
];

const largeConvolutions: readonly Convolution[] = [
  { ...plain, batch: 2, channelsPerGroup: 19, outputsPerGroup: 33, size: [23, 26], kernel: [3, 3], padding: [1, 1] },
  {
    ...plain,
    channelsPerGroup: 8,
    outputsPerGroup: 16,
    size: [33, 30],
    kernel: [3, 3],
    padding: [1, 1],
    stride: [2, 2],
  },
  {
    ...plain,
    channelsPerGroup: 48,
    outputsPerGroup: 39,
    size: [41, 38],
    kernel: [3, 3],
    padding: [1, 1],
    stride: [2, 2],
  },
  {
    ...plain,
    channelsPerGroup: 160,
    outputsPerGroup: 61,
    size: [31, 29],
    kernel: [3, 3],
    padding: [1, 1],
    stride: [2, 2],
  },
  { ...plain, channelsPerGroup: 40, outputsPerGroup: 36, size: [21, 20], kernel: [1, 1] },
  { ...plain, batch: 2, channelsPerGroup: 37, outputsPerGroup: 30, size: [20, 23], kernel: [1, 1], stride: [2, 3] },
  {
    ...plain,
    channelsPerGroup: 3,
    outputsPerGroup: 18,
    size: [37, 42],
    kernel: [7, 7],
    padding: [3, 3],
    stride: [2, 2],
  },
  {
    ...plain,
    batch: 2,
    groups: 2,
    channelsPerGroup: 5,
    outputsPerGroup: 6,
    size: [34, 11],
    kernel: [3, 5],
    padding: [0, 2],
    bias: false,
  },
  {
    ...plain,
    groups: 3,
    channelsPerGroup: 8,
    outputsPerGroup: 12,
    size: [30, 17],
    kernel: [5, 3],
    padding: [2, 1],
    dilation: [1, 2],
  },
];

/** Of many channels: fast algorithms lose digits with their number. */
const deepConvolution: Convolution = {
  ...plain,
  channelsPerGroup: 512,
  outputsPerGroup: 24,
  size: [10, 9],
  kernel: [3, 3],
  padding: [1, 1],
};

const hugeConvolutions: readonly Convolution[] = [
  { ...plain, batch: 2, channelsPerGroup: 96, outputsPerGroup: 128, size: [40, 41], kernel: [3, 3], padding: [1, 1] },
  { ...plain, channelsPerGroup: 128, outputsPerGroup: 512, size: [9, 10], kernel: [3, 3], padding: [1, 1] },
  { ...plain, groups: 64, channelsPerGroup: 1, outputsPerGroup: 1, size: [60, 64], kernel: [3, 3], padding: [1, 1] },
  { ...plain, channelsPerGroup: 300, outputsPerGroup: 1000, size: [8, 9], kernel: [1, 1] },
];

function outputSize({ size, kernel, stride, padding, dilation }: Convolution): Two {
  const along = (axis: 0 | 1) =>
    Math.floor((size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  return [along(0), along(1)];
}

function convolutionShapes(geometry: Convolution) {
  const { batch, groups, channelsPerGroup, outputsPerGroup, size, kernel } = geometry;
  return {
    x: [batch, groups * channelsPerGroup, ...size] as const,
    weight: [groups * outputsPerGroup, channelsPerGroup, ...kernel] as const,
    output: [batch, groups * outputsPerGroup, ...outputSize(geometry)] as const,
  };
}

const window = ({ stride, padding, dilation, groups }: Convolution) => ({ stride, padding, dilation, groups });

/** One number where both axes agree, as a user writes it. */
const shortest = ([height, width]: Two): Pair => (height === width ? height : [height, width]);

export const linear = {
  matmulOp: opCase(matmulOp, {
    geometry: fc.record({
      batches: broadcastable(2, { maxRank: 2, maxSize: 12 }),
      m: axisSize,
      k: fc.oneof(axisSize, fc.constant(100)),
      n: axisSize,
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    }),
    fixed: [
      ...product(5, 7, 3),
      ...product(2, 3, 4, [[2, 1], [3]]),
      ...product(1, 1, 1).slice(0, 1),
      ...product(3, 0, 2).slice(0, 1),
      ...product(9, 70, 17, [[2], []]).slice(0, 1),
    ],
    large: [...product(130, 67, 75), ...product(33, 40, 50, [[2, 3], [3]])],
    huge: [...product(1, 900, 1300), ...product(1100, 800, 1), ...product(1000, 700, 40)],
    inputs: ({ batches: [a = [], b = []], m, k, n, transposeA, transposeB }) => ({
      a: float([...a, ...(transposeA ? [k, m] : [m, k])]),
      b: float([...b, ...(transposeB ? [n, k] : [k, n])]),
    }),
    call: ({ a, b }, { transposeA, transposeB }) => matmul(a, b, { transposeA, transposeB }),
    linear: ['a', 'b'],
  }),
  conv2dOp: opCase(conv2dOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: [...largeConvolutions, deepConvolution],
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { x, weight } = convolutionShapes(geometry);
      return { x: float(x), weight: float(weight), bias: geometry.bias ? float([weight[0]]) : undefined };
    },
    call: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
      conv2d(x, weight, {
        bias,
        stride: shortest(stride),
        padding: shortest(padding),
        dilation: shortest(dilation),
        groups,
      }),
    linear: ['x', 'weight', 'bias'],
  }),
  conv2dInputGradientOp: opCase(conv2dInputGradientOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: largeConvolutions,
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { weight, output } = convolutionShapes(geometry);
      return { cotangent: float(output), weight: float(weight) };
    },
    call: ({ cotangent, weight }, geometry) =>
      run(conv2dInputGradientOp, { cotangent, weight }, { ...window(geometry), size: geometry.size }),
    linear: ['cotangent', 'weight'],
  }),
  conv2dWeightGradientOp: opCase(conv2dWeightGradientOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: largeConvolutions,
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { x, output } = convolutionShapes(geometry);
      return { cotangent: float(output), x: float(x) };
    },
    call: ({ cotangent, x }, geometry) =>
      run(conv2dWeightGradientOp, { cotangent, x }, { ...window(geometry), size: geometry.kernel }),
    linear: ['cotangent', 'x'],
  }),
} satisfies Cases;
