import { num, pass, view } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { normalizeByMomentsSteps } from '../kernels/norm.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { channelsOf, type Channels, type ChannelsCheck, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { divOp } from './div.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { meanOp } from './mean.ts';
import { mulOp } from './mul.ts';
import {
  checkChannelVectors,
  normalizationOp,
  normalizationOptions,
  sumChannels,
  type NormalizationOptions,
} from './normalization.ts';
import { checkGroups, forEachElement, layoutOf } from './normalization-layout.ts';
import type { ReductionAttrs } from './reduction.ts';
import { reshape } from './reshape.ts';
import { sqrtOp } from './sqrt.ts';
import { squareOp } from './square.ts';
import { subOp } from './sub.ts';
import { varianceOp, type VarianceAttrs } from './variance.ts';

export const batchNormTrainingOp = normalizationOp('batchNormTraining');

export interface BatchNormAttrs {
  /** Added to the variance. */
  readonly eps: number;
}

// y = (x − mean[c]) r[c] weight[c] + bias[c] with r = 1 / √(variance + eps)
export const batchNormOp = defineOp<'x' | 'mean' | 'variance', BatchNormAttrs, 'weight' | 'bias'>({
  name: 'batchNorm',
  infer({ x, mean, variance, weight, bias }) {
    checkDType('batchNorm', x.dtype, floats);
    channelsOf('batchNorm', 'x', x.shape);
    checkChannelVectors('batchNorm', x, { mean, variance, weight, bias });
    return x;
  },
  // All gradients except that of x are sums over a channel: ∂r/∂variance = −r³/2. A weight that the call left out is
  // undefined here.
  gradients: {
    x: rule(['variance', 'weight'], ({ cotangent, saved: { variance, weight }, attrs: { eps } }) =>
      runBinary(mulOp, cotangent, alongChannels(times(inverse(variance, eps), weight), cotangent.rank)),
    ),
    mean: rule(['variance', 'weight'], ({ cotangent, saved: { variance, weight }, attrs: { eps } }) =>
      runBinary(mulOp, sumChannels(cotangent), runBinary(mulOp, times(inverse(variance, eps), weight), -1)),
    ),
    variance: rule(
      ['x', 'mean', 'variance', 'weight'],
      ({ cotangent, saved: { x, mean, variance, weight }, attrs: { eps } }) => {
        const r = inverse(variance, eps);
        const slope = runBinary(mulOp, runBinary(mulOp, r, runUnary(squareOp, r)), -0.5);
        return runBinary(mulOp, sumCentred(cotangent, x, mean), times(slope, weight));
      },
    ),
    weight: rule(['x', 'mean', 'variance'], ({ cotangent, saved: { x, mean, variance }, attrs: { eps } }) =>
      runBinary(mulOp, sumCentred(cotangent, x, mean), inverse(variance, eps)),
    ),
    bias: rule([], ({ cotangent }) => sumChannels(cotangent)),
  },
  kernels: {
    reference({ x, mean, variance, weight, bias }, output, { eps }) {
      forEachElement(layoutOf(x.shape, 'batch'), (i, c) => {
        const normal = ((x.data[i] ?? 0) - (mean.data[c] ?? 0)) / Math.sqrt((variance.data[c] ?? 0) + eps);
        output.data[i] = normal * (weight?.data[c] ?? 1) + (bias?.data[c] ?? 0);
      });
    },
    wasm: ({ x, mean, variance, weight, bias }, output, { eps }, launch) =>
      normalizeByMomentsSteps(x, { mean, variance, weight, bias }, output, layoutOf(x.shape, 'batch'), eps, launch),
    gpu({ x, mean, variance, weight, bias }, output, { eps }) {
      const { images, channels, length } = layoutOf(x.shape, 'batch');
      const rows = [images, channels, length];
      const reads = { x: view(x, rows), mean, variance, ...(weight && { weight }), ...(bias && { bias }) };
      const result = pass(reads, { shape: rows, dtype: x.dtype }, ['n', 'c', 'i'], ({ read }) => {
        const normal = `(${read('x', ['n', 'c', 'i'])} - ${read('mean', ['c'])}) / Math.sqrt(${read('variance', ['c'])} + ${num(eps)})`;
        return `return ${normal}${weight ? ` * ${read('weight', ['c'])}` : ''}${bias ? ` + ${read('bias', ['c'])}` : ''};`;
      });
      return { ...result, shape: output.shape };
    },
  },
});

/** 1 / √(variance + eps) */
function inverse(variance: Tensor, eps: number): Tensor {
  return runBinary(divOp, 1, runUnary(sqrtOp, runBinary(addOp, variance, eps)));
}

function times(x: Tensor, weight: Tensor | undefined): Tensor {
  return weight === undefined ? x : runBinary(mulOp, x, weight);
}

/** Σ g (x − mean) over each channel. */
function sumCentred(cotangent: Tensor, x: Tensor, mean: Tensor): Tensor {
  return sumChannels(runBinary(mulOp, cotangent, runBinary(subOp, x, alongChannels(mean, x.rank))));
}

/** [C] as [C,1,…], which broadcasts against [N,C,…]. */
function alongChannels(vector: Tensor, rank: number): Tensor {
  return reshape(vector, [vector.size, ...new Array<number>(rank - 2).fill(1)]);
}

/**
 * Batch normalisation (Ioffe and Szegedy, 2015) by given moments, as used for evaluation: (x − mean) / √(variance +
 * eps) · weight + bias for each channel. Shape and dtype as `x`.
 *
 * @param x [N,C,…]
 * @param mean [C]
 * @param variance [C]
 * @throws ShapeError when a vector is not [C]; DTypeError for int32, bool or unequal dtypes
 * @category Normalisation and dropout
 */
export function batchNorm<
  S extends Shape,
  D extends FloatDType,
  Mean extends Shape,
  Variance extends Shape,
  Weight extends Shape = Channels<S>,
  Bias extends Shape = Channels<S>,
>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'batchNorm', 'x', S>>,
  mean: Tensor<Mean, D> & Fits<ExpectCheck<'batchNorm', 'mean', Channels<S>, Mean>>,
  variance: Tensor<Variance, D> & Fits<ExpectCheck<'batchNorm', 'variance', Channels<S>, Variance>>,
  options: NormalizationOptions<'batchNorm', S, D, Weight, Bias> = {},
): Tensor<S, D> {
  checkOptions('batchNorm', options, normalizationOptions);
  const { weight, bias, eps = 1e-5 } = options;
  return run(batchNormOp, { x, mean, variance, weight, bias }, { eps });
}

/**
 * Batch normalisation by the moments of x itself, as used for training: the mean and the biased variance of each
 * channel over all images. The gradient flows through both moments. Shape and dtype as `x`.
 *
 * `batchMoments` gives the moments for updating running statistics.
 *
 * @param x [N,C,…]
 * @throws ShapeError when a vector is not [C], or a channel holds one element only; DTypeError for int32, bool or
 * unequal dtypes
 * @category Normalisation and dropout
 */
export function batchNormTraining<
  S extends Shape,
  D extends FloatDType,
  Weight extends Shape = Channels<S>,
  Bias extends Shape = Channels<S>,
>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'batchNormTraining', 'x', S>>,
  options: NormalizationOptions<'batchNormTraining', S, D, Weight, Bias> = {},
): Tensor<S, D> {
  checkOptions('batchNormTraining', options, normalizationOptions);
  const { weight, bias, eps = 1e-5 } = options;
  return run(batchNormTrainingOp, { x, weight, bias }, { groups: 'batch', eps });
}

/**
 * The mean and the unbiased variance of each channel over all images. PyTorch's running statistics are moving averages
 * of these two.
 *
 * @param x [N,C,…]
 * @returns both [C]
 * @throws ShapeError when a channel holds one element only; DTypeError for int32 and bool
 * @category Reductions
 */
export function batchMoments<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'batchMoments', 'x', S>>,
): { readonly mean: Tensor<Channels<S>, D>; readonly variance: Tensor<Channels<S>, D> } {
  checkGroups('batchMoments', x.shape, 'batch');
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return {
    mean: run<Channels<S>, D, 'x', ReductionAttrs>(meanOp, { x }, { axes, keepDims: false }),
    variance: run<Channels<S>, D, 'x', VarianceAttrs>(varianceOp, { x }, { axes, keepDims: false, correction: 1 }),
  };
}
