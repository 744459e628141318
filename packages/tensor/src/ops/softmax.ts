import { elementwise, reduce, type GpuSource } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import type { FloatDType } from '../dtype.ts';
import { softmaxStep } from '../kernels/softmax.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import { sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { subOp } from './sub.ts';
import { sumOp } from './sum.ts';

export interface AxisAttrs {
  readonly axis: number;
}

// yᵢ = e^xᵢ / Σⱼ e^xⱼ, ∂L/∂x = y (g − Σ g y)
export const softmaxOp = defineOp<'x', AxisAttrs>({
  name: 'softmax',
  infer({ x }, { axis }) {
    checkDType('softmax', x.dtype, floats);
    resolveAxis('softmax', x.shape, axis);
    return x;
  },
  gradients: {
    x: rule(['output'], ({ cotangent, saved: { output: y }, attrs: { axis } }) => {
      const along = run(sumOp, { x: runBinary(mulOp, cotangent, y) }, { axes: axis, keepDims: true });
      return runBinary(mulOp, y, runBinary(subOp, cotangent, along));
    }),
  },
  kernels: {
    reference({ x }, output, { axis }) {
      for (const line of linesAlong(x.shape, resolveAxis('softmax', x.shape, axis))) {
        const { top, total } = normaliser(x, line);
        for (const i of line) output.data[i] = Math.exp((x.data[i] ?? 0) - top) / total;
      }
    },
    wasm: ({ x }, output, { axis }) => [softmaxStep('softmax', x, output, resolveAxis('softmax', x.shape, axis))],
    gpu({ x }, output, { axis }) {
      const { top, total } = gpuNormaliser(x, resolveAxis('softmax', x.shape, axis));
      return elementwise({ x, top, total }, output, 'expf(x - top) / total');
    },
  },
});

/** The positions along `axis`, for each choice of the other indices. */
export function* linesAlong(shape: Shape, axis: number): Generator<readonly number[]> {
  const size = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  for (let i = 0; i < outer; i += 1) {
    for (let j = 0; j < inner; j += 1) {
      yield Array.from({ length: size }, (_, k) => (i * size + k) * inner + j);
    }
  }
}

/** The largest element of a line, and the sum of e^(x - largest) over it. */
export function normaliser({ data }: NdArray, line: readonly number[]): { top: number; total: number } {
  const top = line.reduce((largest, i) => Math.max(largest, data[i] ?? 0), -Infinity);
  const total = line.reduce((sum, i) => sum + Math.exp((data[i] ?? 0) - top), 0);
  return { top, total };
}

/** The largest element and the sum of a line, as GPU passes; the axis has size 1 in their results. */
export function gpuNormaliser(x: GpuSource, axis: number): { top: GpuSource; total: GpuSource } {
  const kept: Spec = { shape: x.shape.with(axis, 1), dtype: x.dtype };
  const top = reduce(x, kept, [axis], { combine: 'max' });
  const powers = elementwise({ x, top }, x, 'expf(x - top)');
  return { top, total: reduce(powers, kept, [axis], { combine: 'sum' }) };
}

/**
 * e^x along one axis, divided by its sum there. Shape and dtype as `x`.
 *
 * @throws ShapeError for an axis that does not exist; DTypeError for int32 and bool
 * @category Activations
 */
export function softmax<S extends Shape, D extends FloatDType, Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'softmax', S, Axis>>,
): Tensor<S, D> {
  return run(softmaxOp, { x }, { axis });
}
