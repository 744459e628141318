import { elementwise, reduce } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { varianceSteps } from '../kernels/reduce.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { resolveAxes, type AxesArg } from '../shape/axes.ts';
import { reduceShape, type Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary } from './elementwise.ts';
import { meanOp } from './mean.ts';
import { mulOp } from './mul.ts';
import {
  countOf,
  inferReduction,
  reduceGroups,
  reductionOptions,
  withReducedAxes,
  type ReductionAttrs,
  type ReductionOptions,
} from './reduction.ts';
import { subOp } from './sub.ts';

export interface VarianceAttrs extends ReductionAttrs {
  /** The number c to subtract from the number of elements: 1 for a sample, 0 for the whole population. */
  readonly correction: number;
}

// y = Σ (x − x̄)² / (n − c), ∂y/∂x = 2 (x − x̄) / (n − c)
export const varianceOp = defineOp<'x', VarianceAttrs>({
  name: 'variance',
  infer: ({ x }, attrs) => inferReduction('variance', floats, x, attrs),
  gradients: {
    x: rule(['x'], ({ cotangent, saved: { x }, attrs: { axes, correction } }) => {
      const freedom = freedomOf(countOf(x.shape, resolveAxes('variance', x.shape, axes)), correction);
      // The mean was rounded, so the deviations have a small mean left: subtract that too.
      const deviation = lessMean(lessMean(x, axes), axes);
      return runBinary(mulOp, deviation, withReducedAxes(runBinary(mulOp, cotangent, 2 / freedom), x.shape, axes));
    }),
  },
  kernels: {
    reference: ({ x }, output, { axes, correction }) =>
      reduceGroups(x, output, axes, (values) => {
        const mean = sumOf(values) / values.length;
        return sumOf(values.map((value) => (value - mean) ** 2)) / freedomOf(values.length, correction);
      }),
    wasm({ x }, output, { axes, correction }, launch) {
      const reduced = resolveAxes('variance', x.shape, axes);
      const count = countOf(x.shape, reduced);
      return varianceSteps(x, output, reduced, count, freedomOf(count, correction), launch);
    },
    gpu({ x }, output, attrs) {
      const { axes, kept } = reduceShape('variance', x.shape, attrs.axes, true);
      const count = countOf(x.shape, axes);
      const keptSpec = { shape: kept, dtype: x.dtype };
      const mean = reduce(x, keptSpec, axes, { combine: 'sum', finish: `value / ${count}` });
      const deviation = elementwise({ x, mean }, x, 'x - mean');
      const squares = reduce(deviation, keptSpec, axes, { combine: 'sum', map: 'value * value' });
      // The mean was rounded: Σ (x − x̄)² = Σ (x − m)² − (Σ (x − m))² / n.
      const rest = reduce(deviation, keptSpec, axes, { combine: 'sum' });
      const scalars = { count, freedom: freedomOf(count, attrs.correction) };
      return elementwise({ squares, rest }, output, '(squares - rest * rest / count) / freedom', { scalars });
    },
  },
});

/** x minus its mean over some axes. */
function lessMean(x: Tensor, axes: AxesArg): Tensor {
  return runBinary(subOp, x, run(meanOp, { x }, { axes, keepDims: true }));
}

/** The divisor of the sum of squares. It is 0 where n is not above the correction, so that the result is not finite. */
function freedomOf(count: number, correction: number): number {
  return Math.max(0, count - correction);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export interface VarianceOptions<
  S extends Shape,
  Axes extends AxesArg,
  KeepDims extends boolean,
> extends ReductionOptions<'variance', S, Axes, KeepDims> {
  /** The number to subtract from the number of elements n; 1 when left out, as in PyTorch. */
  readonly correction?: number;
}

const varianceOptions = { ...reductionOptions, correction: true };

/**
 * The variance over some axes, or over all: Σ (x − x̄)² / max(0, n − correction), computed from deviations from the
 * mean and not from squares of x, so that a large mean costs no precision. The result is not finite where n is not
 * above the correction. Dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool
 * @category Reductions
 */
export function variance<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: VarianceOptions<S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  checkOptions('variance', options, varianceOptions);
  const { axes, keepDims = false, correction = 1 } = options;
  return run(varianceOp, { x }, { axes, keepDims, correction });
}
