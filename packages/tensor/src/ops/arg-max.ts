import { extremePosition } from '../backends/gpu/source.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { NumericDType } from '../dtype.ts';
import { positionStep } from '../kernels/reduce.ts';
import { defineOp, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { AxesArg } from '../shape/axes.ts';
import { checkNotEmpty, reduceShape, type Reduce } from '../shape/reduce.ts';
import { broadcastStrides } from '../shape/strides.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, numbers, runBinary } from './elementwise.ts';
import { flipOp } from './flip.ts';
import { countOf, type ReductionAttrs, type ReductionOptions } from './reduction.ts';
import { subOp } from './sub.ts';

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

export interface PositionOptions<
  Op extends string,
  S extends Shape,
  Axes extends AxesArg,
  KeepDims extends boolean,
> extends ReductionOptions<Op, S, Axes, KeepDims> {
  /** Whether the last of equal elements wins, instead of the first (the default). */
  readonly selectLast?: boolean;
}

const positionOptions = { axes: true, keepDims: true, selectLast: true };

/** The position of an extreme element. The last one is the first of the reversed axes, counted from their end. */
export function runPosition<S extends Shape>(
  op: Op<'x', ReductionAttrs>,
  x: Tensor,
  options: { readonly axes?: AxesArg; readonly keepDims?: boolean; readonly selectLast?: boolean },
): Tensor<S, 'int32'> {
  checkOptions(op.name, options, positionOptions);
  const { axes, keepDims = false, selectLast = false } = options;
  if (!selectLast) return run(op, { x }, { axes, keepDims });
  const count = countOf(x.shape, reduceShape(op.name, x.shape, axes, keepDims).axes);
  return scope(() => {
    const reversed = run(flipOp, { x }, { axes });
    return runBinary(subOp, count - 1, run(op, { x: reversed }, { axes, keepDims }));
  });
}

/**
 * The position of the largest element along one axis, as int32. The first of equal elements wins. If there is a NaN,
 * the result is the position of the first NaN. With `selectLast` it is the last of each. Over several axes, or all, the
 * position counts in row-major order over these axes only.
 *
 * @throws ShapeError for an axis that does not exist, is named twice or holds no element; DTypeError for bool
 * @category Reductions
 */
export function argMax<S extends Shape, const Axes extends AxesArg = undefined, const KeepDims extends boolean = false>(
  x: Tensor<S, NumericDType>,
  options: PositionOptions<'argMax', S, Axes, KeepDims> = {},
): Tensor<Reduce<S, Axes, KeepDims>, 'int32'> {
  return runPosition(argMaxOp, x, options);
}
