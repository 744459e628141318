import {
  abs,
  add,
  argMax,
  cast,
  clamp,
  crossEntropy,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  l2Norm,
  less,
  lessEqual,
  log,
  logSoftmax,
  max,
  maxPool2d,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  notEqual,
  relu,
  sigmoid,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  where,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { bool, float, functionCase, int32, type InputSpec, type OpCase, type TensorsOf } from '../case.ts';
import { listed } from '../fills.ts';

type Float = Tensor<Shape, FloatDType>;

/** Infinities, what is no number, zeros, and numbers near the ends of float32; GPUs take those that lack digits for zero. */
const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e38, -1e38, 2e-38, 100, -100, 2.5, -2.5, 3e9, -3e9];
/** Those whose integers every backend has: on a GPU they end at 2²⁴, and reading says so. */
const moderate = [0, -0, NaN, 100, -100, 2.5, -2.5, 0.999, -0.999, 16_777_216, -16_777_216];

function specialCase<I extends Readonly<Record<string, InputSpec>>>(name: string, inputs: I, call: (tensors: TensorsOf<I>) => Tensor): OpCase<null> {
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
    { x: float([6, 4], listed(1, NaN, 3, NaN, 5, -Infinity, 2, 5, Infinity, 1, Infinity, 0, -1e18, -1e18, 1, 0, 3, 3, 1, 3, -0, 0, -5, -7)) },
    ({ x }) => f(x),
  );

/** What operations make of values that arithmetic has no answer for: the definition says it for every backend. */
export const specialValues: readonly OpCase<null>[] = [
  binary('add', (a, b) => add(a, b)),
  binary('sub', (a, b) => sub(a, b)),
  binary('mul', (a, b) => mul(a, b)),
  binary('div', (a, b) => div(a, b)),
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
    { condition: bool([special.length], listed(1, 0)), a: float([special.length], listed(...special)), b: float([], listed(NaN)) },
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
  unary('clamp', (x) => clamp(x, -2, 50)),
  specialCase('cast to int32', { x: float([moderate.length], listed(...moderate)) }, ({ x }) => cast(x, 'int32')),
  unary('cast to bool', (x) => cast(x, 'bool')),
  rows('sum', (x) => sum(x, { axes: [1] })),
  rows('mean', (x) => mean(x, { axes: [1] })),
  rows('max', (x) => max(x, { axes: [1] })),
  rows('argMax', (x) => argMax(x, { axes: [1] })),
  rows('l2Norm', (x) => l2Norm(x, { axes: [1] })),
  specialCase('softmax of large logits', { x: float([2, 3], listed(1e4, 1e4, -1e4, -200, -200, -201)) }, ({ x }) => softmax(x, 1)),
  specialCase('logSoftmax of large logits', { x: float([2, 3], listed(1e4, 1e4, -1e4, -200, -200, -201)) }, ({ x }) => logSoftmax(x, 1)),
  specialCase('maxPool2d of what is below zero', { x: float([1, 1, 2, 3], listed(-1e30, -5, -6, -7, -8, -9)) }, ({ x }) =>
    maxPool2d(x, 3, { stride: 1, padding: 1 }),
  ),
  specialCase('mean of nothing', { x: float([2, 0], listed(0)) }, ({ x }) => mean(x, { axes: [1] })),
  specialCase(
    'crossEntropy of labels that do not count',
    { logits: float([2, 3], listed(1, 2, 3)), target: int32([2], listed(-100)) },
    ({ logits, target }) => crossEntropy(logits, target),
  ),
];

/** Integers that a GPU does not have: there reading them is an error. */
export const wideIntegers: readonly OpCase<null>[] = [unary('cast of what int32 does not hold', (x) => cast(x, 'int32'))];
