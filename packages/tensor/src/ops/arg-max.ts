import { extremePosition } from '../backends/gpu/source.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { NumericDType } from '../dtype.ts';
import { positionStep } from '../kernels/reduce.ts';
import { defineOp, type Op } from '../op.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import { checkNotEmpty, reduceShape, type Reduce } from '../shape/reduce.ts';
import { broadcastStrides } from '../shape/strides.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, numbers } from './elementwise.ts';
import { type ReductionAttrs, type ReductionOptions, reductionAttrs } from './reduction.ts';

// y = the position of max x; piecewise constant, so that no gradient flows
export const argMaxOp = positionOp('argMax', 'max', (value, best) => value > best);

/** An operation that finds, over the reduced axes, the first element that no other element `beats`. */
export function positionOp(
  name: 'argMax' | 'argMin',
  extreme: 'max' | 'min',
  beats: (value: number, best: number) => boolean,
): Op<'x', ReductionAttrs> {
  return defineOp<'x', ReductionAttrs>({
    name,
    infer({ x }, { axes, keepDims }) {
      checkDType(name, x.dtype, numbers);
      const reduced = reduceShape(name, x.shape, axes, keepDims);
      checkNotEmpty(name, x.shape, reduced.axes);
      return { shape: reduced.shape, dtype: 'int32' };
    },
    gradients: {},
    kernels: {
      reference({ x }, output, attrs) {
        const { axes, kept } = reduceShape(name, x.shape, attrs.axes, true);
        const best = new Array<number | undefined>(output.data.length);
        // Positions count elements of the reduced axes only.
        const reduced = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
        const strides = [broadcastStrides(kept, x.shape), broadcastStrides(reduced, x.shape)];
        forEachOffset(x.shape, strides, (position, [at = 0, index = 0]) => {
          const value = x.data[position] ?? 0;
          const winner = best[at];
          if (winner === undefined || beats(value, winner) || (Number.isNaN(value) && !Number.isNaN(winner))) {
            best[at] = value;
            output.data[at] = index;
          }
        });
      },
      wasm({ x }, output, attrs) {
        return [positionStep(name, x, output, reduceShape(name, x.shape, attrs.axes, true).axes)];
      },
      gpu: ({ x }, output, attrs) =>
        extremePosition(x, output, reduceShape(name, x.shape, attrs.axes, true).axes, extreme),
    },
  });
}

/**
 * The position of the largest element along one axis, as int32. The first of equal elements wins. If there is a NaN,
 * the result is the position of the first NaN. Over several axes, or all, the position counts in row-major order over
 * these axes only.
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function argMax<S extends Shape, const Axes extends AxesArg = undefined, const KeepDims extends boolean = false>(
  x: Tensor<S, NumericDType>,
  options: ReductionOptions<'argMax', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, 'int32'> {
  return run(argMaxOp, { x }, reductionAttrs('argMax', options));
}
