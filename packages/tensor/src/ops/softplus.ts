import type { FloatDType } from '../dtype.ts';
import { rule } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, runBinary, runUnary, unaryOp } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { sigmoidOp } from './sigmoid.ts';

// y = ln(1 + eˣ), ∂y/∂x = sigmoid x
export const softplusOp = unaryOp({
  name: 'softplus',
  dtypes: floats,
  reference: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gpu: 'softplusf(x)',
  gradient: rule(['x'], ({ cotangent, saved: { x } }) => runBinary(mulOp, cotangent, runUnary(sigmoidOp, x))),
});

/**
 * ln(1 + eˣ), element by element, without overflow. Where x is large, the result is x itself (in float32 from about 17
 * on). There is no threshold; PyTorch has one at 20. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function softplus<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(softplusOp, x);
}
