import { elementwise } from '../backends/gpu/source.ts';
import { f32Bits } from '../backends/wasm/kernel.ts';
import type { NumericDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { unaryStep } from '../kernels/elementwise.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { lessEqualOp } from './comparisons.ts';
import { checkDType, kernelType, mapElements, numbers, runBinary } from './elementwise.ts';
import { runWhere } from './where.ts';

export interface ClampAttrs {
  /** The smallest result; -Infinity for none. */
  readonly min: number;
  /** The largest result; Infinity for none. */
  readonly max: number;
}

// y = min(max(x, low), high), ∂y/∂x = 1 where low ≤ x ≤ high, else 0
export const clampOp = defineOp<'x', ClampAttrs>({
  name: 'clamp',
  infer({ x }, { min, max }) {
    checkDType('clamp', x.dtype, numbers);
    if (x.dtype === 'int32' && [min, max].some((bound) => Math.abs(bound) !== Infinity && (bound | 0) !== bound)) {
      throw new DTypeError(
        'clamp',
        `the bounds of an int32 tensor must be whole numbers within int32, got ${min} and ${max}`,
      );
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule(['x'], ({ cotangent, saved: { x }, attrs: { min, max } }) => {
      const notAbove = runWhere(runBinary(lessEqualOp, x, max), cotangent, 0);
      return runWhere(runBinary(lessEqualOp, min, x), notAbove, 0);
    }),
  },
  kernels: {
    reference: ({ x }, output, { min, max }) =>
      mapElements([x], output, ([value = 0]) => Math.min(Math.max(value, min), max)),
    wasm({ x }, output, { min, max }) {
      const word = x.dtype === 'float32' ? f32Bits : wholeBound;
      return [unaryStep(`clamp_${kernelType(x)}`, x, output, [word(min), word(max)])];
    },
    gpu: ({ x }, output, { min, max }) =>
      // Where min is above max, the result is max everywhere, so that the order of the two tests does not matter.
      elementwise({ x }, output, 'x > max ? max : x < min ? min : x', { scalars: { min: Math.min(min, max), max } }),
  },
});

/** An int32 bound; an infinite one becomes the furthest int32. */
function wholeBound(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}

/**
 * min(max(x, min), max), element by element; if `max` is below `min`, every result is `max`. Elements within the bounds
 * or equal to one of them take the gradient. Shape and dtype as `x`.
 *
 * @param min the smallest result; -Infinity for none
 * @param max the largest result; Infinity for none
 * @throws DTypeError for bool, and for int32 with bounds that int32 cannot hold
 * @category Elementwise
 */
export function clamp<S extends Shape, D extends NumericDType>(
  x: Tensor<S, D>,
  min: number,
  max: number,
): Tensor<S, D> {
  return run(clampOp, { x }, { min, max });
}
