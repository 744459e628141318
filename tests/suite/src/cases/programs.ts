import {
  add,
  broadcastTo,
  concat,
  conv2d,
  cumsum,
  div,
  exp,
  gelu,
  indexSelect,
  l2Normalize,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  mul,
  neg,
  pad,
  permute,
  pow,
  prod,
  reshape,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  variance,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';
import { distinct } from '../fills.ts';
import { shapes } from '../shapes.ts';

type Float = Tensor<Shape, FloatDType>;

/** One line of a program: an operation of values before it, counted back from the last. */
interface Line {
  readonly step: keyof typeof steps;
  readonly a: number;
  readonly b: number;
  /** Chooses an axis, a width, a bound. */
  readonly choice: number;
}

/** A straight-line program on a few inputs; its result is all that it computed, end to end. */
interface Program {
  readonly inputs: readonly Shape[];
  readonly lines: readonly Line[];
}

/** Larger values than these are reduced first, so that programs stay small. */
const maxSize = 60;

const axisOf = (x: Float, choice: number): number => choice % x.rank;
const unary =
  (f: (x: Float) => Float) =>
  (a: Float): Float =>
    f(a);
/** Operands that do not broadcast meet as a mean. */
const binary =
  (f: (a: Float, b: Float) => Float) =>
  (a: Float, b: Float): Float =>
    f(a, a.shape.every((size, axis) => size === b.shape[axis]) && a.rank === b.rank ? b : mean(b));
const rows = (x: Float): Float => reshape(x, [x.shape[0] ?? 1, -1]);

/**
 * What a line may do. Each step takes values of any shape but without axes, keeps them within a few units, and is
 * smooth there.
 */
const steps = {
  add: binary((a, b) => add(a, b)),
  sub: binary((a, b) => sub(a, b)),
  mul: binary((a, b) => mul(tanh(a), b)),
  div: binary((a, b) => div(a, add(square(b), 1))),
  // Half a unit from the kink at least.
  maximum: binary((a, b) => maximum(sub(a, add(sigmoid(b), 0.5)), a)),
  neg: unary(neg),
  exp: unary((x) => exp(tanh(x))),
  sqrt: unary((x) => sqrt(add(square(x), 1))),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  softplus: unary(softplus),
  sin: unary(sin),
  gelu: unary((x) => gelu(x)),
  pow: binary((a, b) => pow(add(sigmoid(a), 0.5), tanh(b))),
  sum: (a: Float, _: Float, choice: number) => tanh(sum(a, { axes: [axisOf(a, choice)], keepDims: true })),
  mean: (a: Float, _: Float, choice: number) => mean(a, { axes: [axisOf(a, choice)], keepDims: true }),
  variance: (a: Float, _: Float, choice: number) =>
    tanh(variance(a, { axes: [axisOf(a, choice)], keepDims: true, correction: 0 })),
  logSumExp: (a: Float, _: Float, choice: number) => tanh(logSumExp(a, { axes: [axisOf(a, choice)], keepDims: true })),
  prod: (a: Float, _: Float, choice: number) => prod(add(tanh(a), 0.5), { axes: [axisOf(a, choice)], keepDims: true }),
  cumsum: (a: Float, _: Float, choice: number) => tanh(cumsum(a, axisOf(a, choice))),
  softmax: (a: Float, _: Float, choice: number) => softmax(a, axisOf(a, choice)),
  logSoftmax: (a: Float, _: Float, choice: number) => tanh(logSoftmax(a, axisOf(a, choice))),
  l2Normalize: (a: Float, _: Float, choice: number) =>
    l2Normalize(add(sigmoid(a), 0.5), axisOf(a, choice), { eps: 0.1 }),
  reshape: unary((x) => reshape(x, [-1])),
  permute: unary((x) =>
    permute(
      x,
      x.shape.map((_, axis) => x.rank - 1 - axis),
    ),
  ),
  transpose: unary((x) => transpose(rows(x), 0, 1)),
  slice: (a: Float, _: Float, choice: number) => slice(a, [[0, undefined, 1 + (choice % 2)]]),
  pad: (a: Float, _: Float, choice: number) =>
    pad(
      a,
      a.shape.map(() => [choice % 2, 1]),
      { value: 0.5 },
    ),
  concat: (a: Float, _: Float, choice: number) => concat([a, neg(a)], axisOf(a, choice)),
  broadcastTo: unary((x) => broadcastTo(x, [2, ...x.shape])),
  indexSelect: (a: Float, _: Float, choice: number) => {
    const axis = axisOf(a, choice);
    const size = a.shape[axis] ?? 1;
    return indexSelect(a, tensor([0, size - 1, choice % size], { dtype: 'int32', engine: a.engine }), axis);
  },
  matmul: binary((a) => tanh(matmul(rows(a), rows(a), { transposeB: true }))),
  conv2d: unary((x) => {
    const image = reshape(rows(x), [1, 1, x.shape[0] ?? 1, -1]);
    return tanh(reshape(conv2d(image, slice(image, [[], [], [0, 1], [0, 1]]), { padding: [1, 0] }), [-1, 1]));
  }),
  max: unary((x) => add(max(x, { keepDims: true }), x)),
} as const satisfies Readonly<Record<string, (a: Float, b: Float, choice: number) => Float>>;

const isStep = (name: string): name is keyof typeof steps => name in steps;
const stepNames = Object.keys(steps).filter(isStep);

const program: fc.Arbitrary<Program> = fc.record({
  inputs: fc.array(shapes({ minRank: 1, maxRank: 3, maxSize: 12 }), { minLength: 1, maxLength: 3 }),
  lines: fc.array(
    fc.record({
      step: fc.constantFrom(...stepNames),
      a: fc.nat({ max: 5 }),
      b: fc.nat({ max: 5 }),
      choice: fc.nat({ max: 5 }),
    }),
    { minLength: 2, maxLength: 8, size: 'max' },
  ),
});

function runProgram(inputs: readonly Float[], lines: readonly Line[]): Float {
  const values = [...inputs];
  const back = (distance: number): Float => {
    const value = values[values.length - 1 - (distance % values.length)];
    if (value === undefined) throw new Error('a program needs an input');
    return value.size > maxSize ? mean(value, { axes: [0], keepDims: true }) : value;
  };
  for (const { step, a, b, choice } of lines) values.push(steps[step](back(a), back(b), choice));
  return concat(
    values.map((value) => reshape(value, [-1])),
    0,
  );
}

const line = (step: keyof typeof steps, a = 0, b = 0, choice = 0): Line => ({ step, a, b, choice });

/** Random programs of several operations, differentiated as a whole. */
export const programs = {
  program: functionCase('a program', {
    geometry: program,
    fixed: [
      { inputs: [[2, 3]], lines: [line('matmul'), line('softmax'), line('mul', 2), line('sum')] },
      {
        inputs: [
          [4, 2],
          [4, 2],
        ],
        lines: [line('div', 0, 1), line('concat'), line('conv2d'), line('sub', 3, 1)],
      },
    ],
    inputs: ({ inputs }) => Object.fromEntries(inputs.map((shape, i) => [`x${i}`, float(shape, distinct)])),
    call: (tensors, { lines }) => runProgram(Object.values(tensors), lines),
  }),
};
