import { elementwise } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { softmaxStep } from '../kernels/softmax.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats, runBinary, runUnary } from './elementwise.ts';
import { expOp } from './exp.ts';
import { mulOp } from './mul.ts';
import { gpuNormaliser, linesAlong, normaliser, type AxisAttrs } from './softmax.ts';
import { subOp } from './sub.ts';
import { sumOp } from './sum.ts';

// yᵢ = xᵢ − ln Σⱼ e^xⱼ, ∂L/∂x = g − e^y Σ g
export const logSoftmaxOp = defineOp<'x', AxisAttrs>({
  name: 'logSoftmax',
  infer({ x }, { axis }) {
    checkDType('logSoftmax', x.dtype, floats);
    resolveAxis('logSoftmax', x.shape, axis);
    return x;
  },
  gradients: {
    x: rule(['output'], ({ cotangent, saved: { output }, attrs: { axis } }) => {
      const along = run(sumOp, { x: cotangent }, { axes: axis, keepDims: true });
      return runBinary(subOp, cotangent, runBinary(mulOp, runUnary(expOp, output), along));
    }),
  },
  kernels: {
    reference({ x }, output, { axis }) {
      for (const line of linesAlong(x.shape, resolveAxis('logSoftmax', x.shape, axis))) {
        const { top, total } = normaliser(x, line);
        for (const i of line) output.data[i] = (x.data[i] ?? 0) - top - Math.log(total);
      }
    },
    wasm: ({ x }, output, { axis }) => [softmaxStep('logSoftmax', x, output, resolveAxis('logSoftmax', x.shape, axis))],
    gpu({ x }, output, { axis }) {
      const { top, total } = gpuNormaliser(x, resolveAxis('logSoftmax', x.shape, axis));
      return elementwise({ x, top, total }, output, 'x - top - logf(total)');
    },
  },
});

/**
 * The logarithm of softmax, without its underflow: x − ln Σ eˣ along one axis. Shape and dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist; DTypeError for int32 and bool
 * @category Activations
 */
export function logSoftmax<S extends Shape, D extends FloatDType, Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'logSoftmax', S, Axis>>,
): Tensor<S, D> {
  return run(logSoftmaxOp, { x }, { axis });
}
