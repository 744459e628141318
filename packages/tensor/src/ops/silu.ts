import type { FloatDType } from '../dtype.ts';
import { scope } from '../scope.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { sigmoidOp } from './sigmoid.ts';

/**
 * x · sigmoid(x), element by element, also called swish (Ramachandran et al., 2017). Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function silu<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  checkDType('silu', x.dtype, floats);
  return scope(() => runBinary(mulOp, x, runUnary<S, D>(sigmoidOp, x)));
}
