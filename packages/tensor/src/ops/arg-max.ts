import { argMax as gpuArgMax } from '../backends/gpu/source.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { NumericDType } from '../dtype.ts';
import { argMaxStep } from '../kernels/reduce.ts';
import { defineOp } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import { checkNotEmpty, reduceShape, type Reduce } from '../shape/reduce.ts';
import { broadcastStrides } from '../shape/strides.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, numbers } from './elementwise.ts';
import type { ReductionAttrs, ReductionOptions } from './reduction.ts';

// y = the position of max x; piecewise constant, so that no gradient flows
export const argMaxOp = defineOp<'x', ReductionAttrs>({
  name: 'argMax',
  infer({ x }, { axes, keepDims }) {
    checkDType('argMax', x.dtype, numbers);
    const reduced = reduceShape('argMax', x.shape, axes, keepDims);
    checkNotEmpty('argMax', x.shape, reduced.axes);
    return { shape: reduced.shape, dtype: 'int32' };
  },
  gradients: {},
  kernels: {
    reference({ x }, output, attrs) {
      const { axes, kept } = reduceShape('argMax', x.shape, attrs.axes, true);
      const best = new Array<number | undefined>(output.data.length);
      // Positions are counted over the reduced axes alone.
      const reduced = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
      const strides = [broadcastStrides(kept, x.shape), broadcastStrides(reduced, x.shape)];
      forEachOffset(x.shape, strides, (position, [at = 0, index = 0]) => {
        const value = x.data[position] ?? 0;
        const largest = best[at];
        if (largest === undefined || value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) {
          best[at] = value;
          output.data[at] = index;
        }
      });
    },
    wasm({ x }, output, attrs) {
      return [argMaxStep(x, output, reduceShape('argMax', x.shape, attrs.axes, true).axes)];
    },
    gpu: ({ x }, output, attrs) => gpuArgMax(x, output, reduceShape('argMax', x.shape, attrs.axes, true).axes),
  },
});

/**
 * The position of the largest element along one axis, as int32; of equal ones the first, and the first NaN if there is
 * one. Over several axes, or all, the position in row-major order over just these.
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 */
export function argMax<
  S extends Shape,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, NumericDType>,
  { axes, keepDims }: ReductionOptions<'argMax', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, 'int32'> {
  return run(argMaxOp, { x }, { axes, keepDims: keepDims ?? false });
}
