import type { NumericDType } from '../dtype.ts';
import { rule } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { numbers } from './elementwise.ts';
import { shareAmongTies } from './max.ts';
import { reductionOp, type ReductionAttrs, type ReductionOptions, reductionAttrs } from './reduction.ts';

// y = min x; each of the k elements that are equal to y takes 1/k of the gradient
export const minOp = reductionOp<ReductionAttrs>({
  name: 'min',
  dtypes: numbers,
  combine: (extreme, value) => Math.min(extreme, value),
  wasm: () => ({ accumulation: 'min' }),
  gpu: () => ({ combine: 'min' }),
  gradient: rule(['x', 'output'], ({ cotangent, saved: { x, output }, attrs: { axes } }) =>
    shareAmongTies(cotangent, x, output, axes),
  ),
});

/**
 * The smallest element over some axes, or over all; NaN if any element is NaN. Dtype as `x`. Elements that tie for the
 * smallest share the gradient evenly (as in PyTorch's `amin`).
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function min<
  S extends Shape,
  D extends NumericDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: ReductionOptions<'min', S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(minOp, { x }, reductionAttrs('min', options));
}
