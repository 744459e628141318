import type { FloatDType } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { formatShape, type Fits, type FormatShape, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { clampOp } from './clamp.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { reluOp } from './relu.ts';
import { reshapeOp } from './reshape.ts';

/** Verdict: one slope, or one for each channel. */
export type PreluCheck<S extends Shape, W extends Shape> = number extends S['length'] | W['length'] | W[0]
  ? true
  : W extends readonly [infer Slopes extends number]
    ? Slopes extends 1
      ? true
      : S extends readonly [number, infer Channels extends number, ...Shape]
        ? number extends Channels
          ? true
          : Slopes extends Channels
            ? true
            : PreluRefusal<S, W>
        : PreluRefusal<S, W>
    : PreluRefusal<S, W>;

type PreluRefusal<
  S extends Shape,
  W extends Shape,
> = `[prelu] weight has shape ${FormatShape<W>}, expected [1] or one slope for each channel of ${FormatShape<S>}`;

/**
 * x above 0, weight · x elsewhere, element by element (He et al., ICCV 2015). The derivative at 0 is the weight.
 *
 * @param x [N, C, …]; with one slope any shape
 * @param weight [1] or [C]
 * @returns as x
 * @throws ShapeError for a weight of another shape; DTypeError for int32, bool and unequal dtypes
 * @category Activations
 */
export function prelu<S extends Shape, W extends Shape, D extends FloatDType>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<PreluCheck<S, W>>,
): Tensor<S, D> {
  const slopes: Tensor = weight;
  checkDType('prelu', x.dtype, floats);
  if (slopes.dtype !== x.dtype) {
    throw new DTypeError('prelu', `x is ${x.dtype} and weight is ${slopes.dtype}; cast one to the other's dtype`);
  }
  const [count] = slopes.shape;
  if (slopes.shape.length !== 1 || (count !== 1 && count !== x.shape[1])) {
    throw new ShapeError(
      'prelu',
      `weight has shape ${formatShape(slopes.shape)}, expected [1] or one slope for each channel of ${formatShape(x.shape)}`,
    );
  }
  return scope(() => {
    const below = run(clampOp, { x }, { min: -Infinity, max: 0 });
    const shape = count === 1 ? [] : [count ?? 1, ...x.shape.slice(2).map(() => 1)];
    const factors = run(reshapeOp, { x: slopes }, { shape });
    return runBinary(addOp, runUnary(reluOp, x), runBinary(mulOp, below, factors));
  });
}
