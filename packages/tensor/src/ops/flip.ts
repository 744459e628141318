import { gather } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { resolveAxes, type AxesArg, type AxesCheck } from '../shape/axes.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Tensor } from '../tensor.ts';
import { inOrder, movementKernels } from './movement.ts';

export interface FlipAttrs {
  /** One axis or several; `undefined` means all. Negative axes count from the end. */
  readonly axes: AxesArg;
}

// y[i] = x[n − 1 − i] along each of the axes, which is its own inverse and adjoint
export const flipOp: Op<'x', FlipAttrs> = defineOp<'x', FlipAttrs>({
  name: 'flip',
  infer({ x }, { axes }) {
    resolveAxes('flip', x.shape, axes);
    return { shape: x.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, attrs: { axes } }) => run(flipOp, { x: cotangent }, { axes })),
  },
  kernels: movementKernels(
    ({ shape }, _, attrs) => {
      const axes = resolveAxes('flip', shape, attrs.axes);
      const strides = stridesOf(shape);
      return {
        shape,
        // Read each of the axes from its last element backwards.
        from: {
          offset: axes.reduce((sum, axis) => sum + (sizeAt(shape, axis) - 1) * sizeAt(strides, axis), 0),
          strides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
        },
        to: inOrder(shape),
      };
    },
    ({ x }, output, attrs) => {
      const axes = resolveAxes('flip', x.shape, attrs.axes);
      return gather(x, output, (names) =>
        names.map((name, axis) => (axes.includes(axis) ? `${sizeAt(x.shape, axis) - 1} - ${name}` : name)),
      );
    },
  ),
});

export interface FlipOptions<S extends Shape, Axes extends AxesArg> {
  /** One axis or several; all when left out. Negative axes count from the end. */
  readonly axes?: Axes & Fits<AxesCheck<'flip', S, Axes>>;
}

const flipOptions = { axes: true };

/**
 * The elements in reverse order along some axes. The result is a copy.
 *
 * @throws ShapeError for an axis that does not exist or is named twice
 * @category Shapes and places
 */
export function flip<S extends Shape, D extends DType, const Axes extends AxesArg = undefined>(
  x: Tensor<S, D>,
  options: FlipOptions<S, Axes> = {},
): Tensor<S, D> {
  checkOptions('flip', options, flipOptions);
  return run(flipOp, { x }, { axes: options.axes });
}
