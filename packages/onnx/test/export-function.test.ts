import {
  BackendError,
  Engine,
  add,
  elu,
  conv1d,
  conv3d,
  convTranspose3d,
  fromArray,
  hardSwish,
  key,
  pad,
  prelu,
  maxPool3d,
  readSync,
  referenceBackend,
  resizeBicubic,
  resizeNearest,
  scope,
  silu,
  uniform,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import {
  absOp,
  adaptiveAvgPool2dOp,
  addOp,
  avgPool2dOp,
  batchNormOp,
  broadcastToOp,
  ceilOp,
  clampOp,
  concatOp,
  conv2dInputGradientOp,
  conv2dOp,
  cosOp,
  defineOp,
  divOp,
  erfOp,
  expOp,
  floorOp,
  geluOp,
  groupNormOp,
  indexSelectOp,
  layerNormOp,
  leakyReluOp,
  logOp,
  logSoftmaxOp,
  logSumExpOp,
  matmulOp,
  maxOp,
  maxPool2dOp,
  maximumOp,
  meanOp,
  minOp,
  minimumOp,
  modOp,
  mulOp,
  negOp,
  normOp,
  padOp,
  permuteOp,
  powOp,
  prodOp,
  reciprocalOp,
  reluOp,
  resizeBilinearOp,
  roundOp,
  run,
  sigmoidOp,
  signOp,
  sinOp,
  sliceOp,
  softmaxOp,
  softplusOp,
  sqrtOp,
  squareOp,
  subOp,
  sumOp,
  tanhOp,
  type Op,
  type OpInputs,
} from '@hypercorr/tensor/op';
import { elementwise } from '@hypercorr/tensor/kernels';
import { lowering, tensorLowerings } from '@hypercorr/tensor/onnx';
import { describe, expect, test } from 'vitest';
import { exportFunction } from '../src/index.ts';
import { largestDifference, runOnnx, type Values } from './runtime.ts';

const reference = new Engine(referenceBackend());

/** A call of an operation, for inputs of these shapes. */
interface Case {
  readonly op: Op;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly call: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
}

function call<In extends string, Attrs, Optional extends string>(
  op: Op<In, Attrs, Optional>,
  shapes: OpInputs<In, Optional, Shape>,
  attrs: Attrs,
): Case {
  return {
    op,
    shapes: shapes as Readonly<Record<string, Shape>>,
    call: (inputs) => run(op, inputs as OpInputs<In, Optional, Tensor>, attrs),
  };
}

/** A call of a function that runs `op` among others. */
function composed<In extends string, Attrs, Optional extends string, Name extends string>(
  op: Op<In, Attrs, Optional>,
  shapes: Readonly<Record<Name, Shape>>,
  compute: (inputs: Readonly<Record<Name, Tensor<Shape, 'float32'>>>) => Tensor,
): Case {
  return { op, shapes, call: (inputs) => compute(inputs as Readonly<Record<Name, Tensor<Shape, 'float32'>>>) };
}

const one = (op: Op<'x', object>): Case => call(op, { x: [2, 3, 4] }, {});
const two = (op: Op<'a' | 'b', object>): Case => call(op, { a: [2, 3, 4], b: [3, 1] }, {});
const image: Shape = [2, 4, 7, 6];
const window = {
  kernel: [3, 2],
  stride: [2, 1],
  padding: [1, 0],
  paddingAfter: [1, 0],
  dilation: [1, 1],
  ceilMode: false,
} as const;
/** Uneven padding, and last windows that reach beyond it. */
const ragged = {
  kernel: [3, 2],
  stride: [3, 2],
  padding: [0, 1],
  paddingAfter: [1, 0],
  dilation: [1, 1],
  ceilMode: true,
} as const;
const convolution = { stride: [2, 1], padding: [1, 2], dilation: [1, 2] } as const;

const cases: readonly Case[] = [
  ...[addOp, subOp, mulOp, divOp, powOp, maximumOp, minimumOp, modOp].map(two),
  ...[reluOp, negOp, absOp, expOp, logOp, sqrtOp, reciprocalOp, sigmoidOp, tanhOp, softplusOp].map(one),
  ...[sinOp, cosOp, erfOp, squareOp, floorOp, ceilOp, roundOp, signOp].map(one),
  call(leakyReluOp, { x: [2, 3] }, { slope: 0.2 }),
  call(clampOp, { x: [20] }, { min: 0.7, max: 1.2 }),
  call(clampOp, { x: [20] }, { min: 0.7, max: Infinity }),
  call(geluOp, { x: [4, 5] }, { approximate: 'none' }),
  call(geluOp, { x: [4, 5] }, { approximate: 'tanh' }),
  ...[meanOp, maxOp, minOp, prodOp, sumOp, logSumExpOp].flatMap((op) => [
    call(op, { x: [2, 3, 4] }, { axes: undefined, keepDims: false }),
    call(op, { x: [2, 3, 4] }, { axes: [0, -1], keepDims: true }),
    call(op, { x: [2, 3, 4] }, { axes: 1, keepDims: false }),
  ]),
  call(normOp, { x: [2, 3, 4] }, { axes: 1, keepDims: false, p: 1 }),
  call(normOp, { x: [2, 3, 4] }, { axes: undefined, keepDims: true, p: 2 }),
  call(softmaxOp, { x: [2, 3, 4] }, { axis: 1 }),
  call(softmaxOp, { x: [2, 3, 4] }, { axis: -1 }),
  call(logSoftmaxOp, { x: [2, 3, 4] }, { axis: 0 }),
  call(permuteOp, { x: [2, 3, 4] }, { order: [2, 0, 1] }),
  call(broadcastToOp, { x: [3, 1] }, { shape: [2, 3, 4] }),
  call(concatOp, { 0: [2, 3], 1: [2, 1], 2: [2, 4] }, { axis: 1 }),
  call(sliceOp, { x: [5, 7, 3] }, { ranges: [[1], [0, -1, 2]] }),
  call(
    padOp,
    { x: [2, 3] },
    {
      widths: [
        [1, 0],
        [0, 2],
      ],
      steps: [1, 1],
      value: 0.5,
    },
  ),
  call(matmulOp, { a: [2, 3, 4], b: [4, 5] }, { transposeA: false, transposeB: false }),
  call(matmulOp, { a: [2, 4, 3], b: [5, 4] }, { transposeA: true, transposeB: true }),
  call(conv2dOp, { x: image, weight: [6, 2, 3, 2], bias: [6] }, { ...convolution, groups: 2 }),
  call(conv2dOp, { x: image, weight: [3, 4, 1, 1] }, { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }),
  // A transposed convolution whose last row no window reaches.
  call(
    conv2dInputGradientOp,
    { cotangent: [2, 4, 4, 5], weight: [4, 3, 3, 2] },
    { ...convolution, groups: 2, size: [8, 3] },
  ),
  call(maxPool2dOp, { x: image }, window),
  call(avgPool2dOp, { x: image }, { ...window, countIncludePad: true }),
  call(avgPool2dOp, { x: image }, { ...window, countIncludePad: false }),
  call(maxPool2dOp, { x: image }, { ...window, dilation: [2, 3] }),
  call(maxPool2dOp, { x: image }, { ...ragged, dilation: [1, 2] }),
  ...[true, false].flatMap((countIncludePad) => [
    call(avgPool2dOp, { x: image }, { ...ragged, countIncludePad }),
    call(avgPool2dOp, { x: image }, { ...ragged, ceilMode: false, countIncludePad }),
  ]),
  call(adaptiveAvgPool2dOp, { x: image }, { size: [3, 4] }),
  call(resizeBilinearOp, { x: image }, { size: [10, 5], alignCorners: true }),
  call(resizeBilinearOp, { x: image }, { size: [3, 11], alignCorners: false }),
  call(groupNormOp, { x: image, weight: [4], bias: [4] }, { groups: 2, eps: 1e-3 }),
  call(groupNormOp, { x: image }, { groups: 4, eps: 1e-5 }),
  call(layerNormOp, { x: [6, 8], weight: [8], bias: [8] }, { groups: 1, eps: 1e-5 }),
  call(batchNormOp, { x: image, mean: [4], variance: [4], weight: [4], bias: [4] }, { eps: 1e-3 }),
  call(batchNormOp, { x: image, mean: [4], variance: [4] }, { eps: 1e-5 }),
  composed(conv2dOp, { x: [2, 4, 9], weight: [6, 2, 4], bias: [6] }, ({ x, weight, bias }) =>
    conv1d(x, weight, { bias, padding: 'same', groups: 2 }),
  ),
  composed(conv2dOp, { x: [2, 2, 5, 4, 6], weight: [3, 2, 3, 2, 3], bias: [3] }, ({ x, weight, bias }) =>
    conv3d(x, weight, { bias, stride: [2, 1, 1], padding: 1 }),
  ),
  composed(conv2dInputGradientOp, { x: [2, 2, 3, 2, 4], weight: [2, 3, 3, 2, 2], bias: [3] }, ({ x, weight, bias }) =>
    convTranspose3d(x, weight, { bias, stride: [2, 1, 2], padding: [1, 0, 0], outputPadding: [1, 0, 1] }),
  ),
  composed(maxPool2dOp, { x: [2, 3, 5, 4, 6] }, ({ x }) => maxPool3d(x, 2, { ceilMode: true })),
  {
    op: indexSelectOp,
    shapes: { x: image },
    call: ({ x }) => resizeNearest(x as Tensor<typeof image, 'float32'>, [5, 13]),
  },
  {
    op: indexSelectOp,
    shapes: { x: [3, 4] },
    call: ({ x }) =>
      pad(
        x as Tensor<readonly [3, 4], 'float32'>,
        [
          [0, 2],
          [3, 1],
        ],
        { mode: 'reflect' },
      ),
  },
  {
    op: matmulOp,
    shapes: { x: image },
    call: ({ x }) => resizeBicubic(x as Tensor<typeof image, 'float32'>, [5, 13]),
  },
  {
    op: reluOp,
    shapes: { x: image, weight: [4] },
    call: ({ x, weight }) =>
      hardSwish(elu(silu(prelu(x as Tensor<Shape, 'float32'>, weight as Tensor<Shape, 'float32'>)))),
  },
];

/** Positive numbers, so that logarithms and powers are numbers too. */
function valuesFor(shapes: Readonly<Record<string, Shape>>): Record<string, Values> {
  return scope(() =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => {
        const data = readSync(uniform(key(i), shape, { min: 0.25, max: 2, engine: reference }));
        return [name, { shape, data }];
      }),
    ),
  );
}

describe('every lowering of @hypercorr/tensor', () => {
  test.each(cases.map((each, i) => ({ ...each, title: `${i}: ${each.op.name}` })))(
    '$title: ONNX Runtime computes the same',
    async ({ shapes, call: compute }) => {
      const values = valuesFor(shapes);
      const file = exportFunction((inputs) => ({ y: compute(inputs) }), { inputs: shapes });
      const { y } = await runOnnx(file, values);
      const ours = scope(() => {
        const inputs = Object.entries(values).map(
          ([name, { data, shape }]) =>
            [name, fromArray<Shape, Float32Array>(data, shape, { engine: reference })] as const,
        );
        const result = compute(Object.fromEntries(inputs)) as Tensor<Shape, 'float32'>;
        return { shape: result.shape, data: readSync(result) };
      });
      expect(y?.shape).toEqual(ours.shape);
      const largest = Math.max(...ours.data.map(Math.abs));
      // Sums of a few hundred terms in float32, against double precision.
      expect(largestDifference(ours.data, y?.data ?? new Float32Array()) / largest).toBeLessThan(2e-6);
    },
  );

  test('has a case', () => {
    const tried = new Set(cases.map(({ op }) => op));
    expect(tensorLowerings.filter(({ op }) => !tried.has(op)).map(({ op }) => op.name)).toEqual([]);
  });

  test('refuses what ONNX does not have', () => {
    const exported = ({ shapes, call: compute }: Case) =>
      exportFunction((inputs) => ({ y: compute(inputs) }), { inputs: shapes });
    expect(() => exported(call(padOp, { x: [3] }, { widths: [[0, 0]], steps: [2], value: 0 }))).toThrow(
      new BackendError('onnx', 'ONNX cannot pad between elements'),
    );
    expect(() => exported(call(normOp, { x: [3] }, { axes: undefined, keepDims: false, p: 3 }))).toThrow(
      new BackendError('onnx', 'ONNX has norms of order 1 and 2, got 3'),
    );
  });
});

describe('exportFunction', () => {
  test('constants are made on the engine that traces, and operations on them alone are computed', async () => {
    const file = exportFunction(
      ({ x }, engine: Engine) => {
        const constant = fromArray(Float32Array.of(1, 2), [2], { engine });
        return { y: add(x, add(constant, constant)), constant_2: constant, constant };
      },
      { inputs: { x: [3, 2] } },
    );
    const { y, constant, constant_2 } = await runOnnx(file, {
      x: { shape: [3, 2], data: Float32Array.of(0, 0, 1, 1, 2, 2) },
    });
    expect(y?.data).toEqual(Float32Array.of(2, 4, 3, 5, 4, 6));
    expect(constant_2).toEqual(constant);
    // A constant of the graph has the same name, and makes way.
    expect(constant).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
  });

  test("an operation of another package is written as that package's lowering says, and named without one", async () => {
    const doubleOp = defineOp<'x', object>({
      name: 'double',
      package: '@example/double',
      infer: ({ x }) => x,
      gradients: 'none',
      kernels: { reference() {}, wasm: () => [], gpu: ({ x }, output) => elementwise({ x }, output, 'x + x') },
    });
    const double = (lowerings: Parameters<typeof exportFunction>[1]['lowerings'] = []) =>
      exportFunction(({ x }) => ({ y: run<Shape, 'float32', 'x', object>(doubleOp, { x }, {}) }), {
        inputs: { x: [2] },
        lowerings,
      });
    expect(() => double()).toThrow(
      new BackendError(
        'onnx',
        'no lowering says what double becomes in an ONNX file; pass the lowerings of @example/double, which defines double',
      ),
    );
    const file = double([lowering(doubleOp, (graph, { x }) => graph.node('Add', [x, x], x.shape))]);
    const { y } = await runOnnx(file, { x: { shape: [2], data: Float32Array.of(1, 3) } });
    expect(y?.data).toEqual(Float32Array.of(2, 6));
  });
});
