import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { numbers } from './elementwise.ts';
import { reductionOp, spread, type ReductionAttrs, type ReductionOptions, reductionAttrs } from './reduction.ts';

// y = Σ x, ∂y/∂x = 1
export const sumOp = reductionOp<ReductionAttrs>({
  name: 'sum',
  dtypes: numbers,
  start: 0,
  combine: (total, value) => total + value,
  wasm: () => ({ accumulation: 'sum' }),
  gpu: () => ({ combine: 'sum' }),
  gradient: rule([], ({ cotangent, inputs: { x }, attrs: { axes } }) => spread(cotangent, x.shape, axes)),
});

/**
 * The sum over some axes, or over all; 0 without elements. Dtype as `x`; an int32 sum wraps around.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for bool
 *
 * @example sum(x, { axes: [0, 2], keepDims: true }) // [N,C,L] → [1,C,1]
 * @category Reductions
 */
export function sum<
  S extends Shape,
  D extends NumericDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: ReductionOptions<'sum', S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(sumOp, { x }, reductionAttrs('sum', options));
}
