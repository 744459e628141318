import { GradientError, reshape, type Shape } from '@hypercorr/tensor';
import { formatShape, run, sumOp, type Gradient } from '@hypercorr/tensor/op';

/**
 * Sums `x` over the axes along which `shape` was broadcast to `x.shape`: the adjoint of broadcasting.
 *
 * @throws GradientError when `shape` cannot be broadcast to `x.shape`: the operation's rule returned a wrong shape
 */
export function sumTo(x: Gradient, shape: Shape, op: string): Gradient {
  const extra = x.rank - shape.length;
  const stretched = shape.flatMap((size, axis) => (size === 1 && x.shape[axis + extra] !== 1 ? [axis + extra] : []));
  const fits = extra >= 0 && shape.every((size, axis) => size === 1 || size === x.shape[axis + extra]);
  if (!fits) {
    throw new GradientError(
      op,
      `a gradient of shape ${formatShape(x.shape)} does not fit an input of shape ${formatShape(shape)}`,
    );
  }
  if (extra === 0 && stretched.length === 0) return x;
  const axes = [...Array.from({ length: extra }, (_, axis) => axis), ...stretched];
  const summed: Gradient = run(sumOp, { x }, { axes, keepDims: true });
  return extra === 0 ? summed : reshape(summed, shape);
}
