import type { DType } from '../dtype.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { reshapeShape, type Reshape, type ReshapeCheck } from '../shape/reshape.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';

export interface ReshapeAttrs {
  /** The new sizes; one of them may be -1. */
  readonly shape: Shape;
}

// y[i] = x[i] in row-major order, ∂L/∂x = ∂L/∂y under the shape of x
export const reshapeOp = defineOp<'x', ReshapeAttrs>({
  name: 'reshape',
  infer: ({ x }, { shape }) => ({ shape: reshapeShape('reshape', x.shape, shape), dtype: x.dtype }),
  gradients: {
    x: rule([], ({ cotangent, inputs }) => reshape(cotangent, inputs.x.shape)),
  },
  kernels: 'alias',
});

/**
 * The same elements in row-major order under another shape. The result shares memory with x; there is no copy.
 *
 * @param shape the new sizes; one may be -1 and becomes the size that keeps the number of elements
 * @throws ShapeError when the number of elements would change
 * @category Shapes and places
 */
export function reshape<S extends Shape, D extends DType, const Target extends Shape>(
  x: Tensor<S, D>,
  shape: Target & Fits<ReshapeCheck<'reshape', S, Target>>,
): Tensor<Reshape<S, Target>, D> {
  return run(reshapeOp, { x }, { shape });
}
