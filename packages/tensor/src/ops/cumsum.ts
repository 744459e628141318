import { scan } from '../backends/gpu/source.ts';
import type { NumericDType } from '../dtype.ts';
import { cumsumStep } from '../kernels/scan.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, numbers } from './elementwise.ts';
import { linesAlong, type AxisAttrs } from './softmax.ts';

export interface CumsumAttrs extends AxisAttrs {
  /** Whether to sum from the end towards the front. */
  readonly reverse: boolean;
}

// yᵢ = Σ_{j ≤ i} xⱼ, ∂L/∂xⱼ = Σ_{i ≥ j} gᵢ: the same from the end
export const cumsumOp: Op<'x', CumsumAttrs> = defineOp<'x', CumsumAttrs>({
  name: 'cumsum',
  infer({ x }, { axis }) {
    checkDType('cumsum', x.dtype, numbers);
    resolveAxis('cumsum', x.shape, axis);
    return x;
  },
  gradients: {
    x: rule([], ({ cotangent, attrs: { axis, reverse } }) =>
      run(cumsumOp, { x: cotangent }, { axis, reverse: !reverse }),
    ),
  },
  kernels: {
    reference({ x }, output, { axis, reverse }) {
      for (const line of linesAlong(x.shape, resolveAxis('cumsum', x.shape, axis))) {
        let total = 0;
        for (const i of reverse ? line.toReversed() : line) {
          total += x.data[i] ?? 0;
          output.data[i] = total;
        }
      }
    },
    wasm: ({ x }, output, { axis, reverse }) => [cumsumStep(x, output, resolveAxis('cumsum', x.shape, axis), reverse)],
    gpu: ({ x }, output, { axis, reverse }) => scan(x, output, resolveAxis('cumsum', x.shape, axis), reverse),
  },
});

/**
 * Running sums along one axis: element i is the sum of x up to and including i. Shape and dtype as `x`; int32 wraps
 * around. `wasm` and `reference` add from the first element to the last in double precision and round each result once.
 * `gpu` adds in blocks, in float32.
 *
 * @throws ShapeError for an axis that does not exist; DTypeError for bool
 * @category Reductions
 */
export function cumsum<S extends Shape, D extends NumericDType, Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'cumsum', S, Axis>>,
): Tensor<S, D> {
  return run(cumsumOp, { x }, { axis, reverse: false });
}
