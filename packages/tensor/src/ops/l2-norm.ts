import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { equalOp } from './comparisons.ts';
import { divOp } from './div.ts';
import { floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { reductionOp, withReducedAxes, type ReductionOptions } from './reduction.ts';
import { runWhere } from './where.ts';

// y = √(Σ x²), ∂y/∂x = x / y
export const l2NormOp = reductionOp({
  name: 'l2Norm',
  dtypes: floats,
  start: 0,
  combine: (total, value) => total + value * value,
  finish: Math.sqrt,
  wasm: () => ({ accumulation: 'squares', root: true }),
  gpu: () => ({ combine: 'sum', map: 'value * value', finish: 'Math.sqrt(value)' }),
  gradient: rule(['x', 'output'], ({ cotangent, saved: { x, output }, attrs: { axes } }) => {
    // Where the norm is 0, so is x, and any other divisor gives the gradient 0.
    const divisor = runWhere(runBinary(equalOp, output, 0), 1, output);
    const perNorm = withReducedAxes(runBinary(divOp, cotangent, divisor), x.shape, axes);
    return runBinary(mulOp, x, perNorm);
  }),
});

/**
 * The Euclidean norm over some axes, or over all; 0 of nothing. A vector of zeros takes the gradient 0. Dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool
 */
export function l2Norm<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  { axes, keepDims }: ReductionOptions<'l2Norm', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(l2NormOp, { x }, { axes, keepDims: keepDims ?? false });
}
