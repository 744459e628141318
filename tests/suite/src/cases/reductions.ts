import {
  argMax,
  argMaxOp,
  l2Norm,
  l2NormOp,
  max,
  maxOp,
  mean,
  meanOp,
  sum,
  sumOp,
  type FloatDType,
  type Op,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, opCase, type InputSpec, type OpCase } from '../case.ts';
import { awayFrom, between, distinct, whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { shapes, someAxes } from '../shapes.ts';
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
  readonly linear?: readonly 'x'[];
  readonly exact?: boolean;
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
  { x = { fill: between(-2, 2) }, empty = false, ...rest }: ReductionOptions = {},
): OpCase<Reduction> {
  return opCase(op, {
    geometry: shapes({ empty }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.option(someAxes(shape.length), { nil: undefined }),
        keepDims: fc.boolean(),
      }),
    ),
    fixed: empty ? [...fixed, { shape: [0, 3], axes: [0], keepDims: false }] : fixed,
    large,
    inputs: ({ shape }): { readonly x: InputSpec<'float'> } => ({ x: float(shape, x.fill, x.smooth) }),
    call: (tensors, options) => call(tensors.x, options),
    ...rest,
  });
}

const ties: Fills = { fill: whole(-4, 4), smooth: distinct };

export const reductions = {
  sumOp: reductionCase(sumOp, (x, { axes, keepDims }) => sum(x, { axes, keepDims }), { empty: true, linear: ['x'] }),
  meanOp: reductionCase(meanOp, (x, { axes, keepDims }) => mean(x, { axes, keepDims }), { linear: ['x'] }),
  maxOp: reductionCase(maxOp, (x, { axes, keepDims }) => max(x, { axes, keepDims }), { x: ties, exact: true }),
  l2NormOp: reductionCase(l2NormOp, (x, { axes, keepDims }) => l2Norm(x, { axes, keepDims }), { empty: true, x: { fill: awayFrom([0], 0.1) } }),
  argMaxOp: opCase(argMaxOp, {
    geometry: shapes().chain((shape) =>
      fc.record({
        kind: fc.constantFrom('float', 'int32'),
        shape: fc.constant(shape),
        axes: fc.option(someAxes(shape.length), { nil: undefined }),
        keepDims: fc.boolean(),
      }),
    ),
    fixed: fixed.map((geometry, i) => ({ kind: i % 2 === 0 ? ('float' as const) : ('int32' as const), ...geometry })),
    large: large.flatMap((geometry) => [
      { kind: 'float' as const, ...geometry },
      { kind: 'int32' as const, ...geometry },
    ]),
    inputs: ({ kind, shape }) => ({ x: anyKind(kind, shape, ties) }),
    call: ({ x }, { axes, keepDims }) => argMax(x, { axes, keepDims }),
  }),
} satisfies Cases;
