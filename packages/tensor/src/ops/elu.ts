import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { clampOp } from './clamp.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { expOp } from './exp.ts';
import { mulOp } from './mul.ts';
import { reluOp } from './relu.ts';
import { subOp } from './sub.ts';

export interface EluOptions {
  /** The limit far below 0 is -alpha; 1 when left out, as in PyTorch. */
  readonly alpha?: number;
}

const eluOptions = { alpha: true };

/**
 * x above 0, alpha · (eˣ - 1) elsewhere, element by element (Clevert et al., ICLR 2016). The derivative at 0 is alpha.
 * Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function elu<S extends Shape, D extends FloatDType>(x: Tensor<S, D>, options: EluOptions = {}): Tensor<S, D> {
  checkOptions('elu', options, eluOptions);
  checkDType('elu', x.dtype, floats);
  const { alpha = 1 } = options;
  // The sum of a part above 0 and a part below. Each is 0 on the other side, and exp never overflows.
  return scope(() => {
    const below: Tensor = run(clampOp, { x }, { min: -Infinity, max: 0 });
    const curve = runBinary(mulOp, runBinary(subOp, runUnary(expOp, below), 1), alpha);
    return runBinary(addOp, runUnary(reluOp, x), curve);
  });
}
