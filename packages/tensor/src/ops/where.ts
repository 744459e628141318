import { elementwise } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { broadcastStep } from '../kernels/elementwise.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, type Broadcast, type BroadcastCheck } from '../shape/broadcast.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { Tensor } from '../tensor.ts';
import { asTensor, mapElements, type Operand } from './elementwise.ts';

// y = a where the condition holds, else b; each side takes the gradient where it was chosen, and zero elsewhere
export const whereOp = defineOp<'condition' | 'a' | 'b', object>({
  name: 'where',
  infer({ condition, a, b }) {
    if (condition.dtype !== 'bool') {
      throw new DTypeError('where', `the condition must be bool, got ${condition.dtype}; compare it with something`);
    }
    if (a.dtype !== b.dtype) {
      throw new DTypeError('where', `the choices are ${a.dtype} and ${b.dtype}; cast one to the other's dtype`);
    }
    return { shape: broadcastShapes('where', [condition.shape, a.shape, b.shape]), dtype: a.dtype };
  },
  gradients: {
    a: rule(['condition'], ({ cotangent, saved: { condition } }) => runWhere(condition, cotangent, 0)),
    b: rule(['condition'], ({ cotangent, saved: { condition } }) => runWhere(condition, 0, cotangent)),
  },
  kernels: {
    reference: ({ condition, a, b }, output) =>
      mapElements([condition, a, b], output, ([holds, x = 0, y = 0]) => (holds === 0 ? y : x)),
    wasm: ({ condition, a, b }, output) => [broadcastStep('where_word', [condition, a, b], output)],
    gpu: ({ condition, a, b }, output) => elementwise({ condition, a, b }, output, 'condition > 0.5 ? a : b'),
  },
});

/** `where` without static shapes, for gradient rules. */
export function runWhere<S extends Shape, D extends DType>(
  condition: Tensor,
  a: Operand<Shape, DType>,
  b: Operand<Shape, DType>,
): Tensor<S, D> {
  if (a instanceof Tensor && b instanceof Tensor) return run(whereOp, { condition, a, b }, {});
  const like = [a, b].find((choice) => choice instanceof Tensor);
  const { engine } = condition;
  return scope(() =>
    run(
      whereOp,
      { condition, a: asTensor('where', a, like?.dtype, engine), b: asTensor('where', b, like?.dtype, engine) },
      {},
    ),
  );
}

/**
 * a where `condition` is true, b elsewhere. All three broadcast with each other. Two numbers give float32.
 *
 * @throws ShapeError when the shapes do not broadcast; DTypeError for a condition that is not bool, or for choices of
 * unequal dtypes
 * @category Elementwise
 */
export function where<
  C extends Shape,
  D extends DType = 'float32',
  A extends Shape = readonly [],
  B extends Shape = readonly [],
>(
  condition: Tensor<C, 'bool'>,
  a: Operand<A, D> & Fits<BroadcastCheck<'where', C, A>>,
  b: Operand<B, D> & Fits<BroadcastCheck<'where', Broadcast<C, A>, B>>,
): Tensor<Broadcast<Broadcast<C, A>, B>, D> {
  return runWhere(condition, a, b);
}
