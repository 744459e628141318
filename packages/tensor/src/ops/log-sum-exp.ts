import { elementwise, reduce } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { logSumExpSteps } from '../kernels/reduce.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxes, type AxesArg } from '../shape/axes.ts';
import { reduceShape, type Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { equalOp } from './comparisons.ts';
import { floats, runBinary, runUnary } from './elementwise.ts';
import { expOp } from './exp.ts';
import { mulOp } from './mul.ts';
import {
  inferReduction,
  reduceGroups,
  withReducedAxes,
  type ReductionAttrs,
  type ReductionOptions,
  reductionAttrs,
} from './reduction.ts';
import { subOp } from './sub.ts';
import { runWhere } from './where.ts';

// y = m + ln Σ e^(x − m) with m = max x, or 0 where that is infinite; ∂y/∂x = e^(x − y)
export const logSumExpOp = defineOp<'x', ReductionAttrs>({
  name: 'logSumExp',
  infer: ({ x }, attrs) => inferReduction('logSumExp', floats, x, attrs),
  gradients: {
    x: rule(['x', 'output'], ({ cotangent, saved: { x, output }, attrs: { axes } }) => {
      // Where all x are -Infinity, x − y would be NaN. With any finite y instead, e^(x − y) is 0.
      const finite = runWhere(runBinary(equalOp, output, -Infinity), 0, output);
      const powers = runUnary(expOp, runBinary(subOp, x, withReducedAxes(finite, x.shape, axes)));
      return runBinary(mulOp, powers, withReducedAxes(cotangent, x.shape, axes));
    }),
  },
  kernels: {
    reference: ({ x }, output, { axes }) =>
      reduceGroups(x, output, axes, (values) => {
        const largest = values.reduce((top, value) => Math.max(top, value), -Infinity);
        const shift = Number.isFinite(largest) ? largest : 0;
        return shift + Math.log(values.reduce((sum, value) => sum + Math.exp(value - shift), 0));
      }),
    wasm: ({ x }, output, { axes }, launch) =>
      logSumExpSteps(x, output, resolveAxes('logSumExp', x.shape, axes), launch),
    gpu({ x }, output, attrs) {
      const { axes, kept } = reduceShape('logSumExp', x.shape, attrs.axes, true);
      const keptSpec = { shape: kept, dtype: x.dtype };
      const shift = reduce(x, keptSpec, axes, {
        combine: 'max',
        finish: 'Math.abs(value) <= 3.4028234663852886e38 ? value : 0',
      });
      const powers = elementwise({ x, shift }, x, 'expf(x - shift)');
      const total = reduce(powers, keptSpec, axes, { combine: 'sum' });
      return elementwise({ shift, total }, output, 'shift + logf(total)');
    },
  },
});

/**
 * ln Σ eˣ over some axes, or over all, without overflow. Where all elements are -Infinity, or there are no elements,
 * the result is -Infinity with the gradient 0 (PyTorch's gradient is NaN). Dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool
 * @category Reductions
 */
export function logSumExp<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  options: ReductionOptions<'logSumExp', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(logSumExpOp, { x }, reductionAttrs('logSumExp', options));
}
