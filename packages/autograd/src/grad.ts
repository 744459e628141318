import {
  DTypeError,
  GradientError,
  Tensor,
  forEachTensor,
  mapTree,
  ones,
  retain,
  scope,
  zeros,
  type Tree,
} from '@hypercorr/tensor';
import { activeRecorders, formatShape, isFloat, withRecorders, type Gradient } from '@hypercorr/tensor/op';
import { Tape } from './tape.ts';

/** A function's value and its gradient. */
export interface ValueAndGrad<T extends Tree, Value extends Tensor = Tensor> {
  readonly value: Value;
  /** A tree like the first argument, with a gradient in place of each tensor. */
  readonly grads: T;
}

/**
 * Turns `f`, which returns one number, into a function that also returns the gradient with respect to
 * every tensor in `f`'s first argument (a tensor, or arrays and plain objects of them, all floating point).
 *
 * Derivatives follow values, wherever `f` reads them: `f` may also reach the same tensors through a closure, as a
 * module does with its parameters. A tensor without influence on the result gets zeros. Calls may be nested for higher
 * derivatives.
 *
 * @throws GradientError when `f` does not return a single number, or when the walk meets an operation
 * whose derivative is not defined; DTypeError when a tensor is not floating point
 *
 * @example const { value, grads } = valueAndGrad((w: Tensor) => sum(square(w)))(w);
 */
export function valueAndGrad<T extends Tree, Rest extends readonly unknown[], Value extends Tensor>(
  f: (wrt: T, ...rest: Rest) => Value,
): (wrt: T, ...rest: Rest) => ValueAndGrad<T, Value> {
  return (wrt, ...rest) =>
    pullBack(
      () => f(wrt, ...rest),
      wrt,
      ({ shape, size, dtype, engine }) => {
        if (size !== 1) {
          const got = `got a tensor of shape ${formatShape(shape)}; reduce it with sum or mean`;
          throw new GradientError('grad', `the function must return one number, ${got}`);
        }
        return ones(shape, { dtype, engine });
      },
    );
}

/**
 * The value of `compute`, of any shape, and the gradients of Σ value · cotangent with respect to the tensors in `wrt`.
 * The product and the sum are not computed: the walk starts with the cotangent.
 */
export function pullBack<T extends Tree, Value extends Tensor>(
  compute: () => Value,
  wrt: T,
  cotangentFor: (value: Value) => Tensor,
): ValueAndGrad<T, Value> {
  return scope(() => {
    const outer = activeRecorders();
    const tape = new Tape();
    forEachTensor(wrt, (tensor) => {
      if (!isFloat(tensor.dtype)) throw new DTypeError('grad', `${tensor.dtype} tensors have no gradient`);
      tape.watch(tensor.identity);
    });
    try {
      const value = withRecorders([...outer, tape], () => scope(compute));
      if (!(value instanceof Tensor)) throw new GradientError('grad', 'the function must return a tensor');
      const cotangent = cotangentFor(value);
      if (!isGradient(cotangent)) throw new DTypeError('grad', `${value.dtype} values have no gradient`);
      const found = tape.walk(value, cotangent);
      const grads = mapTree(wrt, (tensor) => gradientOf(tensor, found));
      // A function may return a tensor of the caller's. That tensor stays the caller's.
      return { value: mapTree(value, retain), grads };
    } finally {
      tape.dispose();
    }
  });
}

/** Like `valueAndGrad`, but returns the gradients only. */
export function grad<T extends Tree, Rest extends readonly unknown[]>(
  f: (wrt: T, ...rest: Rest) => Tensor,
): (wrt: T, ...rest: Rest) => T {
  const both = valueAndGrad(f);
  return (wrt, ...rest) => scope(() => both(wrt, ...rest).grads);
}

function isGradient(tensor: Tensor): tensor is Gradient {
  return isFloat(tensor.dtype);
}

function gradientOf(tensor: Tensor, found: Map<number, Tensor>): Tensor {
  const gradient = found.get(tensor.identity);
  // One handle for each place: a tensor may stand in several places, and each gradient is freed by itself.
  return gradient ? retain(gradient) : zeros(tensor.shape, { dtype: tensor.dtype, engine: tensor.engine });
}
