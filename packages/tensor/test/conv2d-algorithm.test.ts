import { expect, test } from 'vitest';
import { chooseConvAlgorithm, type ConvAlgorithm } from '../src/kernels/conv2d-algorithm.ts';
import { axisOf, forwardTaps, planesOf, type TapSum } from '../src/kernels/conv2d-geometry.ts';
import { conv2dShape } from '../src/shape/conv.ts';

interface Geometry {
  readonly x: readonly [number, number, number, number];
  readonly weight: readonly [number, number, number, number];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** The forward tap sum of a convolution, over addresses that nobody reads. */
function tapSumOf({ x, weight, stride = 1, padding = 0, dilation = 1, groups = 1 }: Geometry): TapSum {
  const window = { stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation] } as const;
  const view = (shape: readonly number[]) => planesOf({ pointer: 0, dtype: 'float32', shape });
  const input = view(x);
  const output = view(conv2dShape('conv2d', x, weight, window, groups));
  const kernel = { pointer: 0, shape: weight };
  return {
    input,
    output,
    rows: forwardTaps(axisOf(0, input, output, kernel, window)),
    columns: forwardTaps(axisOf(1, input, output, kernel, window)),
    groups,
    channels: weight[1],
    outputs: weight[0] / groups,
    weight: { pointer: 0, groupStride: 0, outputStride: 0, channelStride: 0, rowStride: 0, columnStride: 0 },
    bias: 0,
  };
}

const choices: Readonly<Record<string, readonly [ConvAlgorithm, Geometry]>> = {
  'many channels, 3×3': ['winograd', { x: [1, 64, 50, 50], weight: [64, 64, 3, 3], padding: 1 }],
  'many channels, 5×5': ['product', { x: [1, 64, 25, 25], weight: [64, 64, 5, 5], padding: 2 }],
  '1×1': ['pointwise', { x: [1, 64, 50, 50], weight: [256, 64, 1, 1] }],
  '1×1 with stride': ['pointwise', { x: [1, 64, 50, 50], weight: [256, 64, 1, 1], stride: 2 }],
  '1×1 that sees padding': ['product', { x: [1, 64, 50, 50], weight: [256, 64, 1, 1], padding: 1 }],
  '1×1 in groups': ['product', { x: [1, 512, 50, 50], weight: [64, 256, 1, 1], groups: 2 }],
  'the first layer, few channels and many outputs': [
    'banded',
    { x: [1, 3, 400, 400], weight: [64, 3, 7, 7], stride: 2, padding: 3 },
  ],
  'one output': ['direct', { x: [1, 128, 50, 50], weight: [1, 128, 3, 3], padding: 1 }],
  'one output, with taps far apart: a band would copy most of the input': [
    'product',
    { x: [1, 512, 50, 50], weight: [1, 512, 3, 3], padding: 36, dilation: 36 },
  ],
  'two groups of many channels, 3×3': [
    'winograd',
    { x: [4, 128, 50, 50], weight: [128, 64, 3, 3], padding: 1, groups: 2 },
  ],
  'two groups, 3×3 with stride': [
    'winograd',
    { x: [1, 80, 31, 29], weight: [74, 40, 3, 3], padding: 1, stride: 2, groups: 2 },
  ],
  'many groups of small planes, 3×3: each takes longer to start than it gains': [
    'product',
    { x: [2, 2048, 4, 4], weight: [256, 32, 3, 3], padding: 1, groups: 64 },
  ],
  'groups of four, 3×3': ['banded', { x: [4, 128, 50, 50], weight: [128, 4, 3, 3], padding: 1, groups: 32 }],
  depthwise: ['direct', { x: [1, 64, 50, 50], weight: [64, 1, 3, 3], padding: 1, groups: 64 }],
};

test.each(Object.entries(choices))('%s', (_, [algorithm, geometry]) => {
  expect(chooseConvAlgorithm(tapSumOf(geometry))).toBe(algorithm);
});
