import {
  argMax,
  argMin,
  cumsum,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  sum,
  variance,
  type FloatDType,
  type NumericDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import {
  argMaxOp,
  argMinOp,
  cumsumOp,
  logSumExpOp,
  maxOp,
  meanOp,
  minOp,
  normOp,
  prodOp,
  sumOp,
  varianceOp,
  type Op,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase, type InputSpec, type OpCase } from '../case.ts';
import { awayFrom, between, distinct, whole, type Fill } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneAxis, shapes, someAxes } from '../shapes.ts';
import { anyKind, type Fills } from './elementwise.ts';

interface Options {
  readonly axes: readonly number[] | undefined;
  readonly keepDims: boolean;
}

interface Reduction extends Options {
  readonly shape: Shape;
}

interface ReductionOptions {
  readonly x?: Fills;
  /** Whether the result for no elements is a number. */
  readonly empty?: boolean;
  /** Whether one element alone has a result that is a number. */
  readonly single?: boolean;
  readonly linear?: readonly 'x'[];
  readonly exact?: boolean;
  /** The most elements behind a result; as many as there are when left out. */
  readonly most?: number;
}

const fixed: readonly Reduction[] = [
  { shape: [2, 3, 5], axes: undefined, keepDims: false },
  { shape: [2, 3, 4, 5], axes: [1, 3], keepDims: false },
  { shape: [3, 4, 2], axes: [0], keepDims: true },
  { shape: [7, 33], axes: [-1], keepDims: false },
  { shape: [], axes: undefined, keepDims: true },
  { shape: [2, 3], axes: [], keepDims: false },
  { shape: [3000], axes: undefined, keepDims: false },
];

const large: readonly Reduction[] = [
  { shape: [300_000], axes: undefined, keepDims: false },
  { shape: [70, 40, 50], axes: [1], keepDims: false },
  { shape: [70, 40, 50], axes: [0, 2], keepDims: true },
  { shape: [800, 90], axes: [-1], keepDims: false },
];

/** An operation that combines the elements along some axes, or along all where none are named, into one. */
function reductionCase(
  op: Op<'x', Options>,
  call: (x: Tensor<Shape, FloatDType>, options: Options) => Tensor,
  options: ReductionOptions = {},
): OpCase<Reduction> {
  return parameterCase(op, [{}], (x, { axes, keepDims }) => call(x, { axes, keepDims }), options);
}

/** The same for operations with further parameters, of which `parameters` are tried. */
function parameterCase<P extends object, Attrs>(
  op: Op<'x', Attrs>,
  parameters: readonly P[],
  call: (x: Tensor<Shape, FloatDType>, options: Options & P) => Tensor,
  { x = { fill: between(-2, 2) }, empty = false, single = true, most = Infinity, ...rest }: ReductionOptions = {},
): OpCase<Reduction & P> {
  const hasResult = ({ shape, axes = [...shape.keys()] }: Reduction) =>
    single || axes.some((axis) => (shape.at(axis) ?? 1) > 1);
  const known = empty ? [...fixed, { shape: [0, 3], axes: [0], keepDims: false }] : fixed;
  // Each parameter on each shape would be many: they take turns.
  const inTurns = (list: readonly Reduction[]) =>
    list.flatMap((geometry, i) =>
      parameters.filter((_, k) => (i + k) % 2 === 0 || k === 0).map((p) => ({ ...geometry, ...p })),
    );
  return opCase(op, {
    geometry: shapes({ empty })
      .chain((shape) =>
        fc
          .record({
            shape: fc.constant(shape),
            axes: fc.option(someAxes(shape.length), { nil: undefined }),
            keepDims: fc.boolean(),
            parameter: fc.constantFrom(...parameters),
          })
          .map(({ parameter, ...geometry }) => ({ ...geometry, ...parameter })),
      )
      .filter(hasResult),
    fixed: inTurns(known.filter(hasResult)),
    large: inTurns(large).filter(
      ({ shape, axes = [...shape.keys()] }) => axes.reduce((count, axis) => count * (shape.at(axis) ?? 1), 1) <= most,
    ),
    inputs: ({ shape }): { readonly x: InputSpec<'float'> } => ({ x: float(shape, x.fill, x.smooth) }),
    call: (tensors, options) => call(tensors.x, options),
    ...rest,
  });
}

/** The position of an extreme element, of floats and of integers. */
function positionCase(
  op: Op<'x', Options>,
  call: (x: Tensor<Shape, NumericDType>, options: Options) => Tensor,
): OpCase<Reduction & { readonly kind: 'float' | 'int32' }> {
  const kinds = ['float', 'int32'] as const;
  return opCase(op, {
    geometry: shapes().chain((shape) =>
      fc.record({
        kind: fc.constantFrom(...kinds),
        shape: fc.constant(shape),
        axes: fc.option(someAxes(shape.length), { nil: undefined }),
        keepDims: fc.boolean(),
      }),
    ),
    fixed: fixed.map((geometry, i) => ({ kind: i % 2 === 0 ? ('float' as const) : ('int32' as const), ...geometry })),
    large: large.flatMap((geometry) => kinds.map((kind) => ({ kind, ...geometry }))),
    inputs: ({ kind, shape }) => ({ x: anyKind(kind, shape, ties) }),
    call: ({ x }, { axes, keepDims }) => call(x, { axes, keepDims }),
  });
}

const ties: Fills = { fill: whole(-4, 4), smooth: distinct };

/** No two of one magnitude, and none near 0. */
const distinctSizes: Fill = (random, size) =>
  distinct(random, size).map((value) => Math.fround(value < 0 ? value - 0.225 : value + 0.2));

/** Factors near 1 or −1, whose products stay within a few units however many they are, with zeros now and then. */
const factors =
  (zeros: number): Fill =>
  (random, size) =>
    between(-1, 1)(random, size).map((u) =>
      Math.abs(u) < zeros / size ? 0 : Math.fround(Math.sign(u) * Math.exp((2 * Math.abs(u) - 1) / Math.sqrt(size))),
    );

export const reductions = {
  sumOp: reductionCase(sumOp, (x, { axes, keepDims }) => sum(x, { axes, keepDims }), { empty: true, linear: ['x'] }),
  meanOp: reductionCase(meanOp, (x, { axes, keepDims }) => mean(x, { axes, keepDims }), { linear: ['x'] }),
  maxOp: reductionCase(maxOp, (x, { axes, keepDims }) => max(x, { axes, keepDims }), { x: ties, exact: true }),
  minOp: reductionCase(minOp, (x, { axes, keepDims }) => min(x, { axes, keepDims }), { x: ties, exact: true }),
  prodOp: reductionCase(prodOp, (x, { axes, keepDims }) => prod(x, { axes, keepDims }), {
    empty: true,
    // Each of a gradient's factors is rounded: of 300 000 too much is lost.
    most: 4000,
    x: { fill: factors(0), smooth: factors(1.5) },
  }),
  normOp: parameterCase(
    normOp,
    [{ p: 2 }, { p: 1 }, { p: Infinity }, { p: 3 }, { p: 0.5 }, { p: 1.5 }],
    (x, { axes, keepDims, p }) => norm(x, { axes, keepDims, p }),
    { empty: true, x: { fill: awayFrom([0], 0.1), smooth: distinctSizes } },
  ),
  // Around a mean that leaves float32 few digits; one element alone has no variance by the default correction.
  varianceOp: parameterCase(
    varianceOp,
    [{ correction: 0 }, { correction: 1 }],
    (x, { axes, keepDims, correction }) => variance(x, { axes, keepDims, correction }),
    { single: false, x: { fill: between(1e4 - 2, 1e4 + 2), smooth: between(-2, 2) } },
  ),
  logSumExpOp: reductionCase(logSumExpOp, (x, { axes, keepDims }) => logSumExp(x, { axes, keepDims }), {
    empty: true,
    x: { fill: between(-50, 50), smooth: between(-2, 2) },
  }),
  argMaxOp: positionCase(argMaxOp, (x, { axes, keepDims }) => argMax(x, { axes, keepDims })),
  argMinOp: positionCase(argMinOp, (x, { axes, keepDims }) => argMin(x, { axes, keepDims })),
  cumsumOp: opCase(cumsumOp, {
    geometry: shapes({ minRank: 1, empty: true }).chain((shape) =>
      fc.record({ kind: fc.constantFrom('float', 'int32'), shape: fc.constant(shape), axis: oneAxis(shape.length) }),
    ),
    fixed: [
      { kind: 'float', shape: [2, 5, 3], axis: 1 },
      { kind: 'int32', shape: [2, 5, 3], axis: 1 },
      { kind: 'float', shape: [4, 9], axis: -1 },
      { kind: 'int32', shape: [4, 9], axis: -1 },
      { kind: 'float', shape: [3, 70], axis: 0 },
      { kind: 'float', shape: [1], axis: 0 },
      { kind: 'float', shape: [2, 0], axis: 1 },
    ],
    large: [
      { kind: 'float', shape: [3, 200, 150], axis: 1 },
      { kind: 'int32', shape: [3, 200, 150], axis: 1 },
      { kind: 'float', shape: [300, 301], axis: 1 },
    ],
    inputs: ({ kind, shape }) => ({ x: anyKind(kind, shape) }),
    call: ({ x }, { axis }) => cumsum(x, axis),
    linear: ['x'],
  }),
} satisfies Cases;
