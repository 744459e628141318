import { elementwise } from '../backends/gpu/source.ts';
import { f32Bits } from '../backends/wasm/kernel.ts';
import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { elementsStep } from '../kernels/elementwise.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats, mapElements, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';

export interface MovingAverageAttrs {
  /** β: the weight of the old average. */
  readonly keep: number;
  /** Whether to average x² instead of x. */
  readonly squares: boolean;
}

// m' = β m + (1 − β) x, or with x² in place of x; ∂m'/∂m = β, ∂m'/∂x = 1 − β, or 2 (1 − β) x
export const movingAverageOp = defineOp<'average' | 'x', MovingAverageAttrs>({
  name: 'movingAverage',
  infer({ average, x }) {
    checkDType('movingAverage', average.dtype, floats);
    if (x.dtype !== average.dtype) {
      throw new DTypeError(
        'movingAverage',
        `the average is ${average.dtype} and x ${x.dtype}; cast one to the other's dtype`,
      );
    }
    expectShape('movingAverage', 'x', average.shape, x.shape);
    return average;
  },
  gradients: {
    average: rule([], ({ cotangent, attrs: { keep } }) => runBinary(mulOp, cotangent, keep)),
    x: rule(['x'], ({ cotangent, saved: { x }, attrs: { keep, squares } }) =>
      squares
        ? runBinary(mulOp, runBinary(mulOp, cotangent, x), 2 * (1 - keep))
        : runBinary(mulOp, cotangent, 1 - keep),
    ),
  },
  kernels: {
    reference: ({ average, x }, output, { keep, squares }) =>
      mapElements(
        [average, x],
        output,
        ([m = 0, value = 0]) => keep * m + (1 - keep) * (squares ? value * value : value),
      ),
    wasm: ({ average, x }, output, { keep, squares }) => [
      elementsStep(squares ? 'movingAverageOfSquares_f32' : 'movingAverage_f32', [average, x], output, [
        f32Bits(keep),
        f32Bits(1 - keep),
      ]),
    ],
    gpu: ({ average, x }, output, { keep, squares }) =>
      elementwise({ average, x }, output, `keep * average + rest * ${squares ? '(x * x)' : 'x'}`, {
        scalars: { keep, rest: 1 - keep },
      }),
  },
});

export interface MovingAverageOptions {
  /** Whether to average x² instead of x. */
  readonly squares?: boolean;
}

const movingAverageOptions = { squares: true };

/**
 * One step of an exponential moving average, element by element: keep · average + (1 − keep) · x, with x² in place of x
 * if `squares` is set.
 *
 * @param x has the shape and dtype of `average`
 * @param keep between 0 and 1
 * @throws ShapeError, DTypeError for an x of another shape or dtype
 * @category Normalisation
 */
export function movingAverage<A extends Shape, X extends Shape, D extends FloatDType>(
  average: Tensor<A, D>,
  x: Tensor<X, D> & Fits<ExpectCheck<'movingAverage', 'x', A, X>>,
  keep: number,
  options: MovingAverageOptions = {},
): Tensor<A, D> {
  checkOptions('movingAverage', options, movingAverageOptions);
  return run(movingAverageOp, { average, x }, { keep, squares: options.squares ?? false });
}
