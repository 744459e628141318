import { DTypeError, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import {
  defineOp,
  isFloat,
  resolveAxis,
  rule,
  run,
  sizeOf,
  type AxisCheck,
  type Fits,
  type Op,
  type WasmModule,
  type WasmStep,
  type WasmView,
} from '@hypercorr/tensor/op';
import { axisNames, pass } from '@hypercorr/tensor/kernels';
import * as kernels from './generated/kernels.ts';

export interface CumulativeSumAttrs {
  /** From the front. */
  readonly axis: number;
  /** Whether to add up from the end of the axis. */
  readonly reverse: boolean;
}

/** The kernels of this package. Every step names its module; only those of the library itself do not. */
const module: WasmModule = { name: '@hypercorr/custom-op', ...kernels };

// y[…, i, …] = Σ_{j ≤ i} x[…, j, …], or over j ≥ i in reverse; ∂L/∂x is the sum of ∂L/∂y the other way round
export const cumulativeSumOp: Op<'x', CumulativeSumAttrs> = defineOp<'x', CumulativeSumAttrs>({
  name: 'cumulativeSum',
  package: '@hypercorr/custom-op',
  infer({ x }, { axis }) {
    if (!isFloat(x.dtype)) throw new DTypeError('cumulativeSum', `takes floating point, got ${x.dtype}; cast it first`);
    resolveAxis('cumulativeSum', x.shape, axis);
    return { shape: x.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, attrs: { axis, reverse } }) =>
      run(cumulativeSumOp, { x: cotangent }, { axis, reverse: !reverse }),
    ),
  },
  kernels: {
    reference({ x }, output, { axis, reverse }) {
      const { outer, size, inner } = viewAlong(x.shape, axis);
      for (let walk = 0; walk < outer * inner; walk += 1) {
        const start = Math.floor(walk / inner) * size * inner + (walk % inner);
        let total = 0;
        for (let i = 0; i < size; i += 1) {
          const at = start + (reverse ? size - 1 - i : i) * inner;
          total += x.data[at] ?? 0;
          output.data[at] = total;
        }
      }
    },
    wasm: ({ x }, output, attrs) => [cumulativeSumStep(x, output, attrs)],
    gpu({ x }, output, { axis, reverse }) {
      // One thread an element: the work grows with the square of the axis, which a GPU bears for axes of thousands.
      const names = axisNames('i', output.shape.length);
      const own = names[axis] ?? '0';
      return pass(
        { x },
        output,
        names,
        ({ read, sumLoop }) => `
        ${sumLoop('total', { j: viewAlong(x.shape, axis).size }, `(j ${reverse ? '>=' : '<='} ${own} ? ${read('x', names.with(axis, 'j'))} : 0)`)}
        return total;`,
      );
    },
  },
});

/** A tensor as [outer, size, inner], with `axis` in the middle. */
function viewAlong(
  shape: Shape,
  axis: number,
): { readonly outer: number; readonly size: number; readonly inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}

/** The step of `assembly/cumulative-sum.ts`. */
function cumulativeSumStep(x: WasmView, output: WasmView, { axis, reverse }: CumulativeSumAttrs): WasmStep {
  const { outer, size, inner } = viewAlong(x.shape, axis);
  const rowBytes = 4 * inner;
  const start = reverse ? (size - 1) * rowBytes : 0;
  return {
    module,
    entry: 'cumulative_sum',
    params: [x.pointer + start, output.pointer + start, size, reverse ? -rowBytes : rowBytes, size * rowBytes, inner],
    items: size === 0 ? 0 : outer * inner,
    // Whole vectors of walks, and about 16 thousand elements: less is not worth waking a thread.
    grain: 4 * Math.ceil(4096 / Math.max(1, size)),
  };
}

/**
 * Running sums along an axis, the element's own included (PyTorch's `cumsum`).
 *
 * @param x any shape, floating point
 * @param axis negative ones count from the end
 * @param options.reverse adds up from the end of the axis
 * @returns x's shape
 * @throws ShapeError for an axis that does not exist; DTypeError for other than floating point
 */
export function cumulativeSum<S extends Shape, D extends FloatDType, const Axis extends number>(
  x: Tensor<S, D>,
  axis: Axis & Fits<AxisCheck<'cumulativeSum', S, Axis>>,
  { reverse = false }: { readonly reverse?: boolean } = {},
): Tensor<S, D> {
  return run(cumulativeSumOp, { x }, { axis: resolveAxis('cumulativeSum', x.shape, axis), reverse });
}
