import { valueAndGrad } from '@hypercorr/autograd';
import {
  add,
  conv2d,
  groupNorm,
  key,
  matmul,
  mul,
  relu,
  scope,
  softmax,
  sum,
  uniform,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import type { BenchCase } from './case.ts';
import { checkpointCases } from './checkpoint-cases.ts';
import { conv4dCases } from './conv4d-cases.ts';
import { episodeCase, episodeCaseNames } from './episode-cases.ts';
import { groupedCases } from './grouped-cases.ts';
import { optimizerCases } from './optimizer-cases.ts';

type Inputs<Shapes extends readonly Shape[]> = { readonly [I in keyof Shapes]: Tensor<Shape, 'float32'> };

/** Times `compute` on tensors of these shapes, uniform in [−1, 1). */
function benchCase<const Shapes extends readonly Shape[]>(
  name: string,
  flops: number,
  shapes: Shapes,
  compute: (...inputs: Inputs<Shapes>) => unknown,
): BenchCase {
  return {
    name,
    flops,
    prepare(engine) {
      const inputs = shapes.map((shape, i) => uniform(key(i), shape, { min: -1, max: 1, engine }));
      return () => void scope(() => void compute(...(inputs as readonly Tensor<Shape, 'float32'>[] as Inputs<Shapes>)));
    },
  };
}

const image = [4, 128, 50, 50] as const;
const weight = [128, 128, 3, 3] as const;
/** 4 × 50 × 50 outputs of 128 channels, 128 × 9 multiply-adds each. */
const convFlops = 2 * 4 * 50 * 50 * 128 * 128 * 9;

const square = (n: number): BenchCase =>
  benchCase(
    `matmul.${n}`,
    2 * n ** 3,
    [
      [n, n],
      [n, n],
    ],
    (a, b) => matmul(a, b),
  );

const operationCases: readonly BenchCase[] = [
  square(256),
  square(1024),
  benchCase('conv2d.3x3.forward', convFlops, [image, weight], (x, w) => conv2d(x, w, { padding: 1 })),
  benchCase('conv2d.3x3.forward-backward', 3 * convFlops, [image, weight, image], (x, w, cotangent) =>
    valueAndGrad((wrt: { x: typeof x; w: typeof w }) => sum(mul(conv2d(wrt.x, wrt.w, { padding: 1 }), cotangent)))({
      x,
      w,
    }),
  ),
  benchCase('conv2d.1x1.forward', 2 * 4 * 50 * 50 * 128 * 512, [image, [512, 128, 1, 1]], (x, w) => conv2d(x, w)),
  benchCase(
    'conv2d.3x3.512-channels',
    2 * 13 * 13 * 512 * 512 * 9,
    [
      [1, 512, 13, 13],
      [512, 512, 3, 3],
    ],
    (x, w) => conv2d(x, w, { padding: 1 }),
  ),
  benchCase(
    'conv2d.3x3.stride2',
    2 * 25 * 25 * 256 * 256 * 9,
    [
      [1, 256, 50, 50],
      [256, 256, 3, 3],
    ],
    (x, w) => conv2d(x, w, { stride: 2, padding: 1 }),
  ),
  benchCase(
    'conv2d.1x1.stride2',
    2 * 25 * 25 * 512 * 1024,
    [
      [1, 512, 50, 50],
      [1024, 512, 1, 1],
    ],
    (x, w) => conv2d(x, w, { stride: 2 }),
  ),
  benchCase(
    'conv2d.7x7.stride2',
    2 * 200 * 200 * 64 * 3 * 49,
    [
      [1, 3, 400, 400],
      [64, 3, 7, 7],
    ],
    (x, w) => conv2d(x, w, { stride: 2, padding: 3 }),
  ),
  benchCase('add.4x128x50x50', 0, [image, image], (a, b) => add(a, b)),
  benchCase('relu.4x128x50x50', 0, [image], (x) => relu(x)),
  benchCase('group-norm.4x128x50x50', 0, [image], (x) => groupNorm(x, 4)),
  benchCase('softmax.1024x1024', 0, [[1024, 1024]], (x) => softmax(x, -1)),
  benchCase('dispatch.add.1', 0, [[1], [1]], (a, b) => add(a, b)),
  ...groupedCases,
  ...conv4dCases,
  ...checkpointCases,
  ...optimizerCases,
];

/** The cases that run when none is named. */
export const caseNames: readonly string[] = [...operationCases.map(({ name }) => name), ...episodeCaseNames];

/**
 * The case of a name. There are more episode cases than the listed ones: every backbone, size, kernel and number of
 * shots.
 */
export function findCase(name: string): BenchCase | undefined {
  return operationCases.find((candidate) => candidate.name === name) ?? episodeCase(name);
}
