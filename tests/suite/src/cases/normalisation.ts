import {
  batchMoments,
  batchNorm,
  batchNormTraining,
  groupNorm,
  l2Normalize,
  layerNorm,
  type Shape,
} from '@hypercorr/tensor';
import {
  batchNormOp,
  batchNormTrainingOp,
  groupNormOp,
  layerNormOp,
  normalizationInputGradientOp,
  normalizationWeightGradientOp,
  run,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, functionCase, opCase } from '../case.ts';
import { awayFrom, between } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneAxis, oneOf, shapes } from '../shapes.ts';

/**
 * Normalisation of [batch, groups · channelsPerGroup, …positions]. A group has at least four elements: the gradient of
 * a pair is zero but for `eps`, far below the rounding of what cancels there.
 */
interface Normalisation {
  readonly batch: number;
  readonly groups: number;
  readonly channelsPerGroup: number;
  readonly positions: Shape;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly eps: number;
}

const normalisations: fc.Arbitrary<Normalisation> = fc
  .record({
    batch: oneOf(1, 2, 3),
    groups: oneOf(1, 2, 4),
    channelsPerGroup: oneOf(1, 2, 3),
    positions: shapes({ maxRank: 4, maxSize: 100 }),
    weight: fc.boolean(),
    bias: fc.boolean(),
    eps: oneOf(1e-5, 0.1),
  })
  .filter(hasFour);

function hasFour({ batch, channelsPerGroup, positions }: Normalisation): boolean {
  const length = positions.reduce((product, size) => product * size, 1);
  return Math.min(batch, channelsPerGroup) * length >= 4;
}

const plain = { weight: true, bias: true, eps: 1e-5 } as const;

const fixed: readonly Normalisation[] = [
  { ...plain, batch: 2, groups: 4, channelsPerGroup: 2, positions: [5, 7] },
  { ...plain, batch: 1, groups: 1, channelsPerGroup: 3, positions: [4], weight: false, bias: false },
  { ...plain, batch: 2, groups: 3, channelsPerGroup: 1, positions: [3, 2, 2, 2], bias: false, eps: 0.1 },
];

const large: readonly Normalisation[] = [
  { ...plain, batch: 2, groups: 4, channelsPerGroup: 4, positions: [40, 41] },
  { ...plain, batch: 1, groups: 1, channelsPerGroup: 16, positions: [9, 8, 7, 6] },
  // Many groups and channels of little each.
  { ...plain, batch: 4, groups: 80, channelsPerGroup: 4, positions: [4] },
];

const channelsOf = ({ groups, channelsPerGroup }: Normalisation) => groups * channelsPerGroup;
const shapeOf = (geometry: Normalisation) => [geometry.batch, channelsOf(geometry), ...geometry.positions] as const;

/** The tensor, and a weight and a bias where there are any. */
const inputs = (geometry: Normalisation) => ({
  x: float(shapeOf(geometry)),
  weight: geometry.weight ? float([channelsOf(geometry)], between(0.5, 2)) : undefined,
  bias: geometry.bias ? float([channelsOf(geometry)]) : undefined,
});

/** Normalisation of […outer, …normalized] over the last axes. */
interface LayerNormalisation {
  readonly outer: Shape;
  readonly normalized: Shape;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly eps: number;
}

const layerNormalisations: fc.Arbitrary<LayerNormalisation> = fc
  .record({
    outer: shapes({ maxRank: 2, maxSize: 60 }),
    normalized: shapes({ minRank: 1, maxRank: 3, maxSize: 300 }),
    weight: fc.boolean(),
    bias: fc.boolean(),
    eps: oneOf(1e-5, 0.1),
  })
  .filter(({ normalized }) => normalized.reduce((product, size) => product * size, 1) >= 4);

const fixedLayers: readonly LayerNormalisation[] = [
  { ...plain, outer: [2, 5], normalized: [7] },
  { ...plain, outer: [], normalized: [2, 3, 2], bias: false },
  { ...plain, outer: [6], normalized: [4, 5], weight: false, eps: 0.1 },
];

const largeLayers: readonly LayerNormalisation[] = [
  { ...plain, outer: [130, 3], normalized: [77] },
  // Few long vectors.
  { ...plain, outer: [3], normalized: [50, 401] },
];

const shared = { geometry: normalisations, fixed, large };

export const normalisation = {
  groupNormOp: opCase(groupNormOp, {
    ...shared,
    inputs,
    call: ({ x, weight, bias }, { groups, eps }) => groupNorm(x, groups, { weight, bias, eps }),
    linear: ['weight', 'bias'],
    second: 'refused',
  }),
  layerNormOp: opCase(layerNormOp, {
    geometry: layerNormalisations,
    fixed: fixedLayers,
    large: largeLayers,
    inputs: ({ outer, normalized, weight, bias }) => ({
      x: float([...outer, ...normalized]),
      weight: weight ? float(normalized, between(0.5, 2)) : undefined,
      bias: bias ? float(normalized) : undefined,
    }),
    call: ({ x, weight, bias }, { normalized, eps }) => layerNorm(x, normalized, { weight, bias, eps }),
    linear: ['weight', 'bias'],
    second: 'refused',
  }),
  batchNormTrainingOp: opCase(batchNormTrainingOp, {
    ...shared,
    inputs,
    call: ({ x, weight, bias }, { eps }) => batchNormTraining(x, { weight, bias, eps }),
    linear: ['weight', 'bias'],
    second: 'refused',
  }),
  batchNormOp: opCase(batchNormOp, {
    ...shared,
    inputs: (geometry) => ({
      ...inputs(geometry),
      mean: float([channelsOf(geometry)]),
      variance: float([channelsOf(geometry)], between(0.5, 2)),
    }),
    call: ({ x, mean, variance, weight, bias }, { eps }) => batchNorm(x, mean, variance, { weight, bias, eps }),
    linear: ['x', 'mean', 'weight', 'bias'],
  }),
  normalizationInputGradientOp: opCase(normalizationInputGradientOp, {
    ...shared,
    inputs: (geometry) => {
      const { x, weight } = inputs(geometry);
      return { x, cotangent: float(x.shape), weight };
    },
    // The record serves groups of channels and whole batches: `bias`, which it does not take, says which.
    call: ({ x, cotangent, weight }, { groups, bias, eps }) =>
      run(normalizationInputGradientOp, { x, cotangent, weight }, { groups: bias ? groups : 'batch', eps }),
  }),
  normalizationWeightGradientOp: opCase(normalizationWeightGradientOp, {
    ...shared,
    inputs: (geometry) => ({ x: float(shapeOf(geometry)), cotangent: float(shapeOf(geometry)) }),
    call: ({ x, cotangent }, { groups, bias, eps }) =>
      run(normalizationWeightGradientOp, { x, cotangent }, { groups: bias ? groups : 'batch', eps }),
  }),
} satisfies Cases;

/** Functions that are composed of other operations. */
export const normalisingFunctions = {
  batchMean: functionCase('batchMoments: mean', {
    ...shared,
    inputs: (geometry) => ({ x: float(shapeOf(geometry), between(-1, 3)) }),
    call: ({ x }) => batchMoments(x).mean,
    linear: ['x'],
  }),
  batchVariance: functionCase('batchMoments: variance', {
    ...shared,
    inputs: (geometry) => ({ x: float(shapeOf(geometry)) }),
    call: ({ x }) => batchMoments(x).variance,
  }),
  l2Normalize: functionCase('l2Normalize', {
    geometry: shapes({ minRank: 1 })
      .filter((shape) => shape.some((size) => size > 1))
      .chain((shape) => fc.record({ shape: fc.constant(shape), axis: oneAxis(shape.length), eps: oneOf(1e-5, 0.5) }))
      .filter(({ shape, axis }) => (shape.at(axis) ?? 1) > 1),
    fixed: [
      { shape: [2, 6, 5], axis: 1, eps: 1e-5 },
      { shape: [4, 9], axis: -1, eps: 0.5 },
    ],
    large: [{ shape: [20, 60, 50], axis: 1, eps: 1e-5 }],
    inputs: ({ shape }) => ({ x: float(shape, awayFrom([0], 0.1)) }),
    call: ({ x }, { axis, eps }) => l2Normalize(x, axis, { eps }),
  }),
};
