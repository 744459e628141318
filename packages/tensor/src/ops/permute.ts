import { gather } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { permuteShape, transposeOrder, type Permute, type PermuteCheck, type Transpose } from '../shape/permute.ts';
import type { AxisCheck } from '../shape/axes.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Tensor } from '../tensor.ts';
import { inOrder, movementKernels } from './movement.ts';

export interface PermuteAttrs {
  /** Axis i of the output is axis `order[i]` of the input. */
  readonly order: Shape;
}

// y[i] = x[j] with j[order[a]] = i[a]; the gradient is permuted by the inverse order.
export const permuteOp = defineOp<'x', PermuteAttrs>({
  name: 'permute',
  infer: ({ x }, { order }) => ({ shape: permuteShape('permute', x.shape, order).shape, dtype: x.dtype }),
  gradients: {
    x: rule([], ({ cotangent, attrs, inputs: { x } }) => permute(cotangent, inverse(x.shape, attrs))),
  },
  kernels: movementKernels(
    (x, output, attrs) => {
      const strides = stridesOf(x.shape);
      const { order } = permuteShape('permute', x.shape, attrs.order);
      return {
        shape: output.shape,
        from: { offset: 0, strides: order.map((axis) => sizeAt(strides, axis)) },
        to: inOrder(output.shape),
      };
    },
    ({ x }, output, attrs) => gather(x, output, (names) => inverse(x.shape, attrs).map((axis) => names[axis] ?? '0')),
  ),
});

function inverse(shape: Shape, attrs: PermuteAttrs): number[] {
  const { order } = permuteShape('permute', shape, attrs.order);
  return order.map((_, axis) => order.indexOf(axis));
}

/**
 * The axes in another order: axis i of the result is axis `order[i]` of x. The result is a copy.
 *
 * @param order every axis once; negative axes count from the end
 * @throws ShapeError when an axis is missing, named twice or does not exist
 * @category Shapes and places
 */
export function permute<S extends Shape, D extends DType, const Order extends Shape>(
  x: Tensor<S, D>,
  order: Order & Fits<PermuteCheck<'permute', S, Order>>,
): Tensor<Permute<S, Order>, D> {
  return run(permuteOp, { x }, { order });
}

/**
 * Exchanges two axes. The result is a copy.
 *
 * @throws ShapeError for an axis that does not exist
 * @category Shapes and places
 */
export function transpose<S extends Shape, D extends DType, const A extends number, const B extends number>(
  x: Tensor<S, D>,
  a: A & Fits<AxisCheck<'transpose', S, A>>,
  b: B & Fits<AxisCheck<'transpose', S, B>>,
): Tensor<Transpose<S, A, B>, D> {
  return run(permuteOp, { x }, { order: transposeOrder('transpose', x.shape, a, b) });
}
