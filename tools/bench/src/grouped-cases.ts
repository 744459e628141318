import { conv2d, key, scope, uniform, type Shape, type Tensor } from '@hypercorr/tensor';
import { conv2dInputGradientOp, conv2dWeightGradientOp, run } from '@hypercorr/tensor/op';
import type { BenchCase } from './case.ts';

const image = [4, 128, 50, 50] as const;
const [images, channels, height, width] = image;

/** Layers of ResNeXt and depthwise layers: 3×3 convolutions in this many groups. The last number is depthwise. */
const groupCounts = [2, 4, 32, channels] as const;

type Part = (
  x: Tensor<Shape, 'float32'>,
  weight: Tensor<Shape, 'float32'>,
  cotangent: Tensor<Shape, 'float32'>,
  groups: number,
) => unknown;

const attrsOf = (groups: number) => ({ stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups }) as const;

const parts: Readonly<Record<string, Part>> = {
  forward: (x, weight, _, groups) => conv2d(x, weight, { padding: 1, groups }),
  'input-gradient': (_x, weight, cotangent, groups) =>
    run(conv2dInputGradientOp, { cotangent, weight }, { ...attrsOf(groups), size: [height, width] }),
  'weight-gradient': (x, _, cotangent, groups) =>
    run(conv2dWeightGradientOp, { cotangent, x }, { ...attrsOf(groups), size: [3, 3] }),
};

export const groupedCases: readonly BenchCase[] = groupCounts.flatMap((groups) =>
  Object.entries(parts).map(([name, part]) => ({
    name: `conv2d.3x3.groups${groups}.${name}`,
    flops: 2 * images * height * width * channels * (channels / groups) * 9,
    prepare(engine) {
      const draw = (seed: number, shape: Shape) => uniform(key(seed), shape, { min: -1, max: 1, engine });
      const [x, weight, cotangent] = [draw(0, image), draw(1, [channels, channels / groups, 3, 3]), draw(2, image)];
      return () => void scope(() => void part(x, weight, cotangent, groups));
    },
  })),
);
