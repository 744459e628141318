import { elementwise } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { broadcastToShape, type BroadcastToCheck } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { broadcastStrides } from '../shape/strides.ts';
import type { Tensor } from '../tensor.ts';
import { inOrder, movementKernels } from './movement.ts';

export interface BroadcastToAttrs {
  readonly shape: Shape;
}

// y[i] = x[i, with 0 along the stretched axes]; ∂L/∂x = the sum over the stretched axes, which the backward walk takes.
export const broadcastToOp = defineOp<'x', BroadcastToAttrs>({
  name: 'broadcastTo',
  infer: ({ x }, { shape }) => ({ shape: broadcastToShape('broadcastTo', x.shape, shape), dtype: x.dtype }),
  gradients: { x: rule([], ({ cotangent }) => cotangent) },
  kernels: movementKernels(
    (x, { shape }) => ({
      shape,
      from: { offset: 0, strides: broadcastStrides(x.shape, shape) },
      to: inOrder(shape),
    }),
    ({ x }, output) => elementwise({ x }, output, 'x'),
  ),
});

/**
 * x repeated along axes of size 1, and along new axes in front, until it has `shape`. The result is a copy. Elementwise
 * operations broadcast by themselves, without a copy.
 *
 * @throws ShapeError when an axis of x is neither 1 nor the size asked for
 * @category Shapes and places
 */
export function broadcastTo<S extends Shape, D extends DType, const Target extends Shape>(
  x: Tensor<S, D>,
  shape: Target & Fits<BroadcastToCheck<'broadcastTo', S, Target>>,
): Tensor<Target, D> {
  return run(broadcastToOp, { x }, { shape });
}
