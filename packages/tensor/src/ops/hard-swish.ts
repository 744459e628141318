import type { FloatDType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { clampOp } from './clamp.ts';
import { checkDType, floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';

/**
 * x · min(max(x + 3, 0), 6) / 6, element by element (MobileNetV3, Howard et al., ICCV 2019). The derivative at ±3 is
 * PyTorch's: that of the middle part. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function hardSwish<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  checkDType('hardSwish', x.dtype, floats);
  return scope(() => {
    const share = run<S, D, 'x', { min: number; max: number }>(
      clampOp,
      { x: runBinary(addOp, x, 3) },
      { min: 0, max: 6 },
    );
    return runBinary(mulOp, x, runBinary<S, D>(mulOp, share, 1 / 6));
  });
}
