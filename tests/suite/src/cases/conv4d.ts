import { conv4dFull, type PerPlane, type Two } from '@hypercorr/conv4d';
import { conv4dInputGradientOp, conv4dOp, conv4dWeightGradientOp } from '@hypercorr/conv4d/op';
import { run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase, type OpCase } from '../case.ts';
import { oneOf } from '../shapes.ts';

type Four = readonly [hq: number, wq: number, hs: number, ws: number];

/** A 4D convolution; windows may hang over every edge, and paddings may crop. */
interface Convolution {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: Four;
  readonly kernel: Four;
  readonly stride: Four;
  readonly padding: Four;
  readonly bias: boolean;
}

/** Sizes of an axis with its window: those of HSNet, some that crop, and any. */
interface Along {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

const along = fc
  .record({
    size: fc.integer({ min: 1, max: 7 }),
    kernel: oneOf(1, 1, 2, 3, 3, 5),
    stride: oneOf(1, 1, 1, 2, 3, 4),
    padding: fc.integer({ min: -1, max: 2 }),
  })
  .filter((axis) => positions(axis) >= 1);

/** A kernel over one plane that leaves the other at a position of its own. */
const pivot = fc
  .record({
    size: fc.integer({ min: 1, max: 7 }),
    kernel: fc.constant(1),
    stride: oneOf(1, 1, 2, 4),
    padding: oneOf(0, 0, -1),
  })
  .filter((axis) => positions(axis) >= 1);

const two = <T>(of: fc.Arbitrary<T>) => fc.tuple(of, of);

const convolution: fc.Arbitrary<Convolution> = fc
  .record({
    batch: oneOf(1, 1, 2),
    channels: oneOf(1, 2, 3, 4, 5, 9),
    outputs: oneOf(1, 2, 4, 5, 9),
    planes: fc.oneof(
      fc.tuple(two(along), two(pivot)).map(([query, support]) => [...query, ...support] as const),
      fc.tuple(two(pivot), two(along)).map(([query, support]) => [...query, ...support] as const),
      fc.tuple(two(along), two(along)).map(([query, support]) => [...query, ...support] as const),
    ),
    bias: fc.boolean(),
  })
  .map(({ planes, ...rest }) => {
    const all = (key: keyof Along): Four => [planes[0][key], planes[1][key], planes[2][key], planes[3][key]];
    return { ...rest, size: all('size'), kernel: all('kernel'), stride: all('stride'), padding: all('padding') };
  })
  // The definition takes all products one by one.
  .filter((geometry) => products(geometry) <= 100_000);

function positions({ size, kernel, stride, padding }: Along): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

function outputSize({ size, kernel, stride, padding }: Convolution): Four {
  const at = (axis: 0 | 1 | 2 | 3) =>
    positions({ size: size[axis], kernel: kernel[axis], stride: stride[axis], padding: padding[axis] });
  return [at(0), at(1), at(2), at(3)];
}

function products(geometry: Convolution): number {
  const { batch, channels, outputs, kernel } = geometry;
  return [...outputSize(geometry), ...kernel].reduce((product, size) => product * size, batch * channels * outputs);
}

const plain = { batch: 1, stride: [1, 1, 1, 1], padding: [0, 0, 0, 0], bias: true } as const;
const query3 = { kernel: [3, 3, 1, 1], padding: [1, 1, 0, 0] } as const;
const support3 = { kernel: [1, 1, 3, 3], padding: [0, 0, 1, 1] } as const;

const fixedConvolutions: readonly Convolution[] = [
  { ...plain, channels: 2, outputs: 2, size: [3, 2, 2, 3], kernel: [3, 3, 3, 3], padding: [1, 1, 1, 1] },
  { ...plain, ...query3, batch: 2, channels: 2, outputs: 3, size: [3, 4, 2, 2] },
  { ...plain, ...support3, channels: 3, outputs: 2, size: [2, 3, 2, 2], bias: false },
  { ...plain, ...support3, channels: 2, outputs: 3, size: [1, 2, 5, 6], stride: [1, 1, 2, 2] },
  // The query plane at every fourth support position, and cropped.
  { ...plain, ...query3, channels: 2, outputs: 1, size: [3, 3, 5, 6], stride: [1, 1, 4, 4], padding: [1, 1, 0, -1] },
  {
    ...plain,
    channels: 1,
    outputs: 2,
    size: [4, 1, 2, 4],
    kernel: [2, 1, 1, 2],
    stride: [3, 1, 2, 1],
    padding: [1, 0, 2, 0],
    bias: false,
  },
];

const largeConvolutions: readonly Convolution[] = [
  { ...plain, ...query3, channels: 20, outputs: 17, size: [9, 10, 2, 2] },
  // Too narrow for its kernel: each position sees four of nine taps.
  { ...plain, ...support3, channels: 16, outputs: 128, size: [7, 8, 2, 2] },
  { ...plain, ...support3, batch: 2, channels: 12, outputs: 20, size: [3, 2, 11, 9] },
  // Eight of nine taps see nothing, or five of nine: their gradients are zeros.
  { ...plain, ...support3, channels: 128, outputs: 128, size: [8, 9, 1, 1] },
  { ...plain, ...support3, channels: 128, outputs: 128, size: [6, 7, 2, 2], stride: [1, 1, 2, 2] },
  {
    ...plain,
    channels: 3,
    outputs: 16,
    size: [5, 6, 13, 14],
    kernel: [1, 1, 5, 5],
    stride: [1, 1, 4, 4],
    padding: [0, 0, 2, 2],
  },
  {
    ...plain,
    channels: 4,
    outputs: 16,
    size: [8, 7, 9, 10],
    kernel: [5, 5, 1, 1],
    stride: [1, 1, 4, 4],
    padding: [2, 2, 0, 0],
  },
  {
    ...plain,
    channels: 2,
    outputs: 5,
    size: [6, 5, 6, 7],
    kernel: [3, 3, 3, 3],
    stride: [1, 1, 2, 2],
    padding: [1, 1, 1, 1],
  },
];

const hugeConvolutions: readonly Convolution[] = [
  { ...plain, ...query3, channels: 64, outputs: 64, size: [25, 25, 2, 2] },
  { ...plain, ...support3, channels: 64, outputs: 64, size: [25, 25, 2, 2] },
  {
    ...plain,
    channels: 16,
    outputs: 64,
    size: [20, 21, 13, 13],
    kernel: [1, 1, 5, 5],
    stride: [1, 1, 4, 4],
    padding: [0, 0, 2, 2],
  },
];

function convolutionShapes(geometry: Convolution) {
  const { batch, channels, outputs, size, kernel } = geometry;
  return {
    x: [batch, channels, ...size] as const,
    weight: [outputs, channels, ...kernel] as const,
    output: [batch, outputs, ...outputSize(geometry)] as const,
  };
}

const planes = ([hq, wq, hs, ws]: Four): PerPlane<Two> => ({ query: [hq, wq], support: [hs, ws] });
const window = ({ stride, padding }: Convolution) => ({ stride: planes(stride), padding: planes(padding) });

/** The three that close under differentiation. */
export const conv4d = {
  conv4dOp: opCase(conv4dOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: largeConvolutions,
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { x, weight } = convolutionShapes(geometry);
      return { x: float(x), weight: float(weight), bias: geometry.bias ? float([weight[0]]) : undefined };
    },
    call: ({ x, weight, bias }, geometry) => conv4dFull(x, weight, { bias, ...window(geometry) }),
    linear: ['x', 'weight', 'bias'],
  }),
  conv4dInputGradientOp: opCase(conv4dInputGradientOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: largeConvolutions,
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { weight, output } = convolutionShapes(geometry);
      return { cotangent: float(output), weight: float(weight) };
    },
    call: ({ cotangent, weight }, geometry) =>
      run(conv4dInputGradientOp, { cotangent, weight }, { ...window(geometry), size: geometry.size }),
    linear: ['cotangent', 'weight'],
  }),
  conv4dWeightGradientOp: opCase(conv4dWeightGradientOp, {
    geometry: convolution,
    fixed: fixedConvolutions,
    large: largeConvolutions,
    huge: hugeConvolutions,
    inputs: (geometry) => {
      const { x, output } = convolutionShapes(geometry);
      return { cotangent: float(output), x: float(x) };
    },
    call: ({ cotangent, x }, geometry) =>
      run(conv4dWeightGradientOp, { cotangent, x }, { ...window(geometry), size: geometry.kernel }),
    linear: ['cotangent', 'x'],
  }),
} satisfies Readonly<Record<string, OpCase>>;
