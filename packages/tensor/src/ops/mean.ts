import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxes, type AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import {
  countOf,
  reductionOp,
  spread,
  type ReductionAttrs,
  type ReductionOptions,
  reductionAttrs,
} from './reduction.ts';

// y = (1/n) Σ x, ∂y/∂x = 1/n
export const meanOp = reductionOp<ReductionAttrs>({
  name: 'mean',
  dtypes: floats,
  start: 0,
  combine: (total, value) => total + value,
  finish: (total, count) => total / count,
  wasm: (count) => ({ accumulation: 'sum', divisor: count }),
  gpu: (count) => ({ combine: 'sum', finish: `value / ${count}` }),
  gradient: rule([], ({ cotangent, inputs: { x }, attrs: { axes } }) => {
    const count = countOf(x.shape, resolveAxes('mean', x.shape, axes));
    return spread(runBinary(mulOp, cotangent, 1 / count), x.shape, axes);
  }),
});

/**
 * The mean over some axes, or over all; NaN without elements. Dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool
 * @category Reductions
 */
export function mean<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: ReductionOptions<'mean', S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(meanOp, { x }, reductionAttrs('mean', options));
}
