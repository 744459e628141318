import {
  cast,
  crossEntropy,
  logSoftmax,
  nllLoss,
  softmax,
  type FloatDType,
  type Reduction,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import {
  logSoftmaxOp,
  nllLossGradientOp,
  nllLossOp,
  nllTermsGradientOp,
  nllTermsOp,
  run,
  softmaxOp,
  type Op,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, functionCase, int32, opCase, type OpCase } from '../case.ts';
import { between, labels, scaled, whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneAxis, oneOf, shapes } from '../shapes.ts';

interface AlongAxis {
  readonly shape: Shape;
  readonly axis: number;
  /** Of the logits. */
  readonly scale: number;
}

/** Softmax and its logarithm, on logits from small to as large as `scale` times 2. */
function softmaxCase(
  op: Op<'x', { readonly axis: number }>,
  call: (x: Tensor<Shape, FloatDType>, axis: number) => Tensor,
  scale: number,
): OpCase<AlongAxis> {
  return opCase(op, {
    geometry: shapes({ minRank: 1 }).chain((shape) =>
      fc.record({ shape: fc.constant(shape), axis: oneAxis(shape.length), scale: oneOf(0.01, 1, scale) }),
    ),
    fixed: [
      { shape: [2, 7, 3], axis: 1, scale: 1 },
      { shape: [4, 9], axis: -1, scale },
      { shape: [5], axis: 0, scale: 1 },
      { shape: [3, 1], axis: 1, scale: 1 },
      { shape: [2, 2, 5, 6], axis: 1, scale: 1 },
    ],
    large: [
      { shape: [90, 2, 400], axis: 1, scale: 1 },
      { shape: [200, 301], axis: 1, scale },
    ],
    inputs: ({ shape, scale: factor }) => ({ x: float(shape, scaled(factor, between(-2, 2)), between(-2, 2)) }),
    call: ({ x }, { axis }) => call(x, axis),
  });
}

interface Labelled {
  /** [N, …], the shape of the labels. */
  readonly labels: Shape;
  readonly classes: number;
  readonly ignoreIndex: number;
}

const labelled: fc.Arbitrary<Labelled> = fc.record({
  labels: shapes({ minRank: 1, maxRank: 3, maxSize: 200 }),
  classes: oneOf(1, 2, 3, 7),
  ignoreIndex: oneOf(255, -100, 0),
});

const fixedLabels: readonly Labelled[] = [
  { labels: [2, 5, 6], classes: 2, ignoreIndex: 255 },
  { labels: [7], classes: 5, ignoreIndex: -100 },
  { labels: [3, 4], classes: 3, ignoreIndex: 1 },
];

const largeLabels: readonly Labelled[] = [{ labels: [2, 150, 150], classes: 2, ignoreIndex: 255 }];

const withClasses = ({ labels: [batch = 1, ...positions], classes }: Labelled) =>
  [batch, classes, ...positions] as const;

/** Labels of which at least one counts, also where a class itself is ignored. */
const targetOf = ({ labels: shape, classes, ignoreIndex }: Labelled) => int32(shape, labels(classes, ignoreIndex));

export const classification = {
  // A softmax of one class alone is flat: further out its gradient is below the rounding of its value.
  softmaxOp: softmaxCase(softmaxOp, softmax, 2),
  logSoftmaxOp: softmaxCase(logSoftmaxOp, logSoftmax, 25),
  nllLossOp: opCase(nllLossOp, {
    geometry: labelled.filter(countsAny),
    fixed: fixedLabels,
    large: largeLabels,
    inputs: (geometry) => ({ x: float(withClasses(geometry), between(-3, 0)), target: targetOf(geometry) }),
    call: ({ x, target }, { ignoreIndex }) => run(nllLossOp, { x, target }, { ignoreIndex }),
    linear: ['x'],
  }),
  nllLossGradientOp: opCase(nllLossGradientOp, {
    geometry: labelled.filter(countsAny),
    fixed: fixedLabels,
    large: largeLabels,
    inputs: (geometry) => ({ cotangent: float([]), target: targetOf(geometry) }),
    call: ({ cotangent, target }, { classes, ignoreIndex }) =>
      run(nllLossGradientOp, { cotangent, target }, { classes, ignoreIndex }),
    linear: ['cotangent'],
  }),
  nllTermsOp: opCase(nllTermsOp, {
    geometry: labelled.filter(countsAny),
    fixed: fixedLabels,
    large: largeLabels,
    inputs: (geometry) => ({ x: float(withClasses(geometry), between(-3, 0)), target: targetOf(geometry) }),
    call: ({ x, target }, { ignoreIndex }) => run(nllTermsOp, { x, target }, { ignoreIndex }),
    exact: true,
    linear: ['x'],
  }),
  nllTermsGradientOp: opCase(nllTermsGradientOp, {
    geometry: labelled.filter(countsAny),
    fixed: fixedLabels,
    large: largeLabels,
    inputs: (geometry) => ({ cotangent: float(geometry.labels), target: targetOf(geometry) }),
    call: ({ cotangent, target }, { classes, ignoreIndex }) =>
      run(nllTermsGradientOp, { cotangent, target }, { classes, ignoreIndex }),
    exact: true,
    linear: ['cotangent'],
  }),
} satisfies Cases;

/** With one class, and that ignored, nothing counts: the mean of no losses is no number. */
function countsAny({ classes, ignoreIndex }: Labelled): boolean {
  return classes > 1 || ignoreIndex !== 0;
}

interface Loss extends Labelled {
  readonly reduction: Reduction;
  readonly weighted: boolean;
}

const losses: fc.Arbitrary<Loss> = fc
  .tuple(labelled.filter(countsAny), fc.constantFrom<Reduction>('none', 'sum', 'mean'), fc.boolean())
  .map(([geometry, reduction, weighted]) => ({ ...geometry, reduction, weighted }));

const fixedLosses: readonly Loss[] = [
  ...fixedLabels.map((geometry): Loss => ({ ...geometry, reduction: 'mean', weighted: false })),
  ...(['none', 'sum', 'mean'] as const).flatMap((reduction) =>
    fixedLabels.slice(0, 2).map((geometry): Loss => ({ ...geometry, reduction, weighted: true })),
  ),
  { labels: [3, 4], classes: 3, ignoreIndex: 1, reduction: 'none', weighted: false },
  { labels: [3, 4], classes: 3, ignoreIndex: 1, reduction: 'sum', weighted: false },
];

const largeLosses: readonly Loss[] = largeLabels.map((geometry): Loss => ({
  ...geometry,
  reduction: 'mean',
  weighted: true,
}));

/**
 * In the mean of losses that are all of one class, the weight cancels, and its gradient is but rounding. There the weight
 * is whole, and takes no gradient.
 */
const weightOf = ({ classes, weighted, reduction }: Loss) => {
  if (!weighted) return undefined;
  return reduction === 'mean' ? int32([classes], whole(1, 4)) : float([classes], between(0.25, 2));
};

/** The losses that are composed of those. */
export const classificationFunctions = {
  crossEntropy: functionCase('crossEntropy', {
    geometry: losses,
    fixed: fixedLosses,
    large: largeLosses,
    inputs: (geometry) => ({
      logits: float(withClasses(geometry)),
      target: targetOf(geometry),
      weight: weightOf(geometry),
    }),
    call: ({ logits, target, weight }, { ignoreIndex, reduction }) =>
      crossEntropy(logits, target, { weight: weight && cast(weight, logits.dtype), ignoreIndex, reduction }),
  }),
  nllLoss: functionCase('nllLoss with options', {
    geometry: losses,
    fixed: fixedLosses,
    large: largeLosses,
    inputs: (geometry) => ({
      x: float(withClasses(geometry), between(-3, 0)),
      target: targetOf(geometry),
      weight: weightOf(geometry),
    }),
    call: ({ x, target, weight }, { ignoreIndex, reduction }) =>
      nllLoss(x, target, { weight: weight && cast(weight, x.dtype), ignoreIndex, reduction }),
    linear: ['x'],
  }),
};
