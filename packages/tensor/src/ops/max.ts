import type { NumericDType } from '../dtype.ts';
import { rule, type Gradient } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { equalOp } from './comparisons.ts';
import { divOp } from './div.ts';
import { numbers, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import {
  reductionOp,
  withReducedAxes,
  type ReductionAttrs,
  type ReductionOptions,
  reductionAttrs,
} from './reduction.ts';
import { sumOp } from './sum.ts';

// y = max x; each of the k elements that are equal to y takes 1/k of the gradient
export const maxOp = reductionOp<ReductionAttrs>({
  name: 'max',
  dtypes: numbers,
  combine: (extreme, value) => Math.max(extreme, value),
  wasm: () => ({ accumulation: 'max' }),
  gpu: () => ({ combine: 'max' }),
  gradient: rule(['x', 'output'], ({ cotangent, saved: { x, output }, attrs: { axes } }) =>
    shareAmongTies(cotangent, x, output, axes),
  ),
});

/** Shares a reduction's cotangent evenly among the elements of x that are equal to the result `y`. */
export function shareAmongTies(cotangent: Gradient, x: Tensor, y: Tensor, axes: AxesArg): Gradient {
  const reached = cast(runBinary(equalOp, x, withReducedAxes(y, x.shape, axes)), cotangent.dtype);
  const count = run(sumOp, { x: reached }, { axes, keepDims: true });
  return runBinary(mulOp, reached, runBinary(divOp, withReducedAxes(cotangent, x.shape, axes), count));
}

/**
 * The largest element over some axes, or over all; NaN if any element is NaN. Dtype as `x`. Elements that tie for the
 * largest share the gradient evenly (as in PyTorch's `amax`).
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function max<
  S extends Shape,
  D extends NumericDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: ReductionOptions<'max', S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(maxOp, { x }, reductionAttrs('max', options));
}
