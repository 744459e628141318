import {
  abs,
  add,
  argMax,
  argMin,
  argSort,
  cast,
  ceil,
  clamp,
  cos,
  crossEntropy,
  cumsum,
  div,
  elu,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterEqual,
  gridSample,
  hardSwish,
  isFinite,
  isNaN,
  layerNorm,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  maxPool2d,
  mean,
  min,
  minimum,
  mod,
  mul,
  neg,
  norm,
  notEqual,
  pow,
  prelu,
  prod,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  silu,
  sin,
  softmax,
  softplus,
  sort,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  topK,
  variance,
  where,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import {
  gatherOp,
  gridSampleGridGradientOp,
  gridSampleInputGradientOp,
  run,
  scatterAddOp,
  scatterOp,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { bool, float, functionCase, int32, type InputSpec, type OpCase, type TensorsOf } from '../case.ts';
import { listed } from '../fills.ts';

type Float = Tensor<Shape, FloatDType>;

/** Infinities, what is no number, zeros, and numbers near the ends of float32; GPUs take those that lack digits for zero. */
const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e38, -1e38, 2e-38, 100, -100, 2.5, -2.5, 3e9, -3e9];
/** Those whose integers every backend has: on a GPU they end at 2²⁴, and reading says so. */
const moderate = [0, -0, NaN, 100, -100, 2.5, -2.5, 0.999, -0.999, 16_777_216, -16_777_216];

function specialCase<I extends Readonly<Record<string, InputSpec>>>(
  name: string,
  inputs: I,
  call: (tensors: TensorsOf<I>) => Tensor,
): OpCase<null> {
  return functionCase(name, { geometry: fc.constant(null), fixed: [null], inputs: () => inputs, call });
}

const unary = (name: string, f: (x: Float) => Tensor): OpCase<null> =>
  specialCase(name, { x: float([special.length], listed(...special)) }, ({ x }) => f(x));

/** Every value meets every other. */
const binary = (name: string, f: (a: Float, b: Float) => Tensor): OpCase<null> =>
  specialCase(
    name,
    { a: float([special.length, 1], listed(...special)), b: float([special.length], listed(...special)) },
    ({ a, b }) => f(a, b),
  );

/** Rows of four elements with something special among them, and one without. */
const rows = (name: string, f: (x: Float) => Tensor): OpCase<null> =>
  specialCase(
    name,
    {
      x: float(
        [6, 4],
        listed(
          1,
          NaN,
          3,
          NaN,
          5,
          -Infinity,
          2,
          5,
          Infinity,
          1,
          Infinity,
          0,
          -1e18,
          -1e18,
          1,
          0,
          3,
          3,
          1,
          3,
          -0,
          0,
          -5,
          -7,
        ),
      ),
    },
    ({ x }) => f(x),
  );

/** Coordinates that name no place, or one far outside. */
const nowhere = [NaN, 0, 0, NaN, Infinity, 0, 0, -Infinity, 3e38, -3e38, -1e9, 0.25, 5, 0, -1.5, -1.5];
/** The centres of 4×4 pixels, as coordinates. */
const centres = [-0.75, -0.75, -0.25, 0.25, 0.75, 0.75];

const sampling = (['zeros', 'border'] as const).flatMap((padding) =>
  [false, true].map((alignCorners) =>
    specialCase(
      `gridSample at places far off, ${padding}${alignCorners ? ', corners aligned' : ''}`,
      { x: float([1, 1, 1, 4], listed(1, 2, 3, 4)), grid: float([1, 2, 4, 2], listed(...nowhere)) },
      ({ x, grid }) => gridSample(x, grid, { padding, alignCorners }),
    ),
  ),
);

/** What operations make of values that arithmetic has no answer for: the definition says it for every backend. */
export const specialValues: readonly OpCase<null>[] = [
  binary('add', (a, b) => add(a, b)),
  binary('sub', (a, b) => sub(a, b)),
  binary('mul', (a, b) => mul(a, b)),
  binary('div', (a, b) => div(a, b)),
  binary('pow', (a, b) => pow(a, b)),
  specialCase(
    'pow of what is below zero',
    { a: float([5, 1], listed(-2, -3, -0.5, -1, -1.25)), b: float([7], listed(3, -3, 2, 0, 0.5, 17, -2.5)) },
    ({ a, b }) => pow(a, b),
  ),
  binary('maximum', (a, b) => maximum(a, b)),
  binary('minimum', (a, b) => minimum(a, b)),
  binary('equal', (a, b) => equal(a, b)),
  binary('notEqual', (a, b) => notEqual(a, b)),
  binary('less', (a, b) => less(a, b)),
  binary('lessEqual', (a, b) => lessEqual(a, b)),
  binary('greater', (a, b) => greater(a, b)),
  binary('greaterEqual', (a, b) => greaterEqual(a, b)),
  specialCase(
    'where',
    {
      condition: bool([special.length], listed(1, 0)),
      a: float([special.length], listed(...special)),
      b: float([], listed(NaN)),
    },
    ({ condition, a, b }) => where(condition, a, b),
  ),
  unary('abs', abs),
  unary('neg', neg),
  unary('square', square),
  unary('exp', exp),
  unary('log', log),
  unary('sqrt', sqrt),
  unary('relu', relu),
  unary('sigmoid', sigmoid),
  unary('tanh', tanh),
  unary('softplus', softplus),
  unary('log1p', log1p),
  unary('reciprocal', reciprocal),
  unary('sin', sin),
  unary('cos', cos),
  unary('erf', erf),
  unary('gelu', (x) => gelu(x)),
  unary('gelu by tanh', (x) => gelu(x, { approximate: 'tanh' })),
  unary('leakyRelu', (x) => leakyRelu(x)),
  unary('clamp', (x) => clamp(x, -2, 50)),
  specialCase('cast to int32', { x: float([moderate.length], listed(...moderate)) }, ({ x }) => cast(x, 'int32')),
  unary('cast to bool', (x) => cast(x, 'bool')),
  rows('sum', (x) => sum(x, { axes: [1] })),
  rows('mean', (x) => mean(x, { axes: [1] })),
  rows('max', (x) => max(x, { axes: [1] })),
  rows('argMax', (x) => argMax(x, { axes: [1] })),
  rows('argSort', (x) => argSort(x)),
  rows('argSort, descending', (x) => argSort(x, { descending: true })),
  unary('sort', (x) => sort(x).values),
  unary('topK', (x) => topK(x, 3).values),
  rows('min', (x) => min(x, { axes: [1] })),
  rows('argMin', (x) => argMin(x, { axes: [1] })),
  rows('prod', (x) => prod(x, { axes: [1] })),
  rows('variance', (x) => variance(x, { axes: [1] })),
  rows('logSumExp', (x) => logSumExp(x, { axes: [1] })),
  rows('cumsum', (x) => cumsum(x, 1)),
  ...[1, 1.5, 2, Infinity].map((p) => rows(`norm of order ${p}`, (x) => norm(x, { axes: [1], p }))),
  specialCase('logSumExp of nothing but -Infinity', { x: float([2, 3], listed(-Infinity)) }, ({ x }) =>
    logSumExp(x, { axes: [1] }),
  ),
  specialCase('the variance of one element', { x: float([2, 1], listed(3, -1)) }, ({ x }) =>
    variance(x, { axes: [1] }),
  ),
  // Public functions refuse indices beyond the axis, where they can look; kernels draw them in.
  specialCase(
    'gather beyond the axis',
    { x: float([2, 3], listed(1, 2, 3, 4, 5, 6)), index: int32([2, 4], listed(7, -9, 3, -3)) },
    ({ x, index }) => run(gatherOp, { x, index }, { axis: 1 }),
  ),
  specialCase(
    'scatterAdd beyond the axis',
    { source: float([1, 5], listed(1, 2, 4, 8, 16)), index: int32([1, 5], listed(7, -9, 3, -3, -1)) },
    ({ source, index }) => run(scatterAddOp, { source, index }, { axis: 1, shape: [2, 3] }),
  ),
  ...(['assign', 'max', 'min', 'mul'] as const).map((reduce) =>
    specialCase(
      `scatter by ${reduce}, beyond the axis and beside NaN`,
      {
        x: float([2, 3], listed(1, 2, NaN, -1, Infinity, 0)),
        source: float([2, 5], listed(1, 2, 4, 8, 16, NaN, -3, NaN, 5, Infinity)),
        index: int32([2, 5], listed(7, -9, 3, -3, -1)),
      },
      ({ x, source, index }) => run(scatterOp, { x, source, index }, { axis: 1, reduce }),
    ),
  ),
  specialCase('softmax of large logits', { x: float([2, 3], listed(1e4, 1e4, -1e4, -200, -200, -201)) }, ({ x }) =>
    softmax(x, 1),
  ),
  specialCase('logSoftmax of large logits', { x: float([2, 3], listed(1e4, 1e4, -1e4, -200, -200, -201)) }, ({ x }) =>
    logSoftmax(x, 1),
  ),
  specialCase(
    'maxPool2d of what is below zero',
    { x: float([1, 1, 2, 3], listed(-1e30, -5, -6, -7, -8, -9)) },
    ({ x }) => maxPool2d(x, 3, { stride: 1, padding: 1 }),
  ),
  rows('layerNorm', (x) => layerNorm(x, [4])),
  specialCase(
    'layerNorm of one element',
    { x: float([3, 1], listed(5, -7, 1e30)), bias: float([1], listed(0.5)) },
    ({ x, bias }) => layerNorm(x, [1], { bias }),
  ),
  ...sampling,
  specialCase(
    'gridSample next to NaN',
    { x: float([1, 1, 4, 4], listed(1, NaN, 2, NaN, NaN)), grid: float([1, 1, 3, 2], listed(...centres)) },
    ({ x, grid }) => gridSample(x, grid),
  ),
  specialCase(
    "gridSample's gradient for the images, of a cotangent with NaN",
    { cotangent: float([1, 1, 1, 2], listed(NaN, 3)), grid: float([1, 1, 2, 2], listed(-0.75, -0.75, 0.75, 0.5)) },
    ({ cotangent, grid }) =>
      run(gridSampleInputGradientOp, { cotangent, grid }, { padding: 'zeros', alignCorners: false, size: [4, 4] }),
  ),
  specialCase(
    "gridSample's gradient for the places, beside what is not finite",
    {
      x: float([1, 1, 2, 2], listed(1, 2, Infinity, NaN)),
      grid: float([1, 1, 3, 2], listed(-2, -0.5, -0.5, -0.5, 0, -2)),
      cotangent: float([1, 1, 1, 3], listed(1, 2, NaN)),
    },
    ({ x, grid, cotangent }) =>
      run(gridSampleGridGradientOp, { x, grid, cotangent }, { padding: 'border', alignCorners: false }),
  ),
  unary('floor', floor),
  unary('ceil', ceil),
  unary('round', round),
  specialCase('round of halves', { x: float([7], listed(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997)) }, ({ x }) =>
    round(x),
  ),
  unary('sign', sign),
  unary('isNaN', isNaN),
  unary('isFinite', isFinite),
  unary('silu', silu),
  unary('hardSwish', hardSwish),
  unary('elu', (x) => elu(x)),
  specialCase(
    'prelu',
    { x: float([special.length], listed(...special)), weight: float([1], listed(0.25)) },
    ({ x, weight }) => prelu(x, weight),
  ),
  // Each rest is exact, however large the quotient.
  specialCase(
    'mod',
    {
      a: float([9, 1], listed(0, 1, -1, Infinity, NaN, 1e9, -7.1, 0.3, 1e-3)),
      b: float([9], listed(0, Infinity, -Infinity, NaN, 3, -3, 0.1, -0.7, 1e9)),
    },
    ({ a, b }) => mod(a, b),
  ),
  specialCase('mean of nothing', { x: float([2, 0], listed(0)) }, ({ x }) => mean(x, { axes: [1] })),
  specialCase(
    'crossEntropy of labels that do not count',
    { logits: float([2, 3], listed(1, 2, 3)), target: int32([2], listed(-100)) },
    ({ logits, target }) => crossEntropy(logits, target),
  ),
];

/** Integers that a GPU does not have: there reading them is an error. */
export const wideIntegers: readonly OpCase<null>[] = [
  unary('cast of what int32 does not hold', (x) => cast(x, 'int32')),
];
