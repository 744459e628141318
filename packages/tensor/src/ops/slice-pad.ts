import { axisNames, floorDiv, floorMod, gather, inside, num, pass } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { DTypeError, OptionError } from '../errors.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { padShape, type Pad, type PadCheck, type PadWidth } from '../shape/pad.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { sliceShape, type SliceRange, type Slice, type SliceCheck } from '../shape/slice.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkChoice } from './elementwise.ts';
import { inOrder, movementKernels } from './movement.ts';
import { padEdges, padModes, type PadMode } from './pad-edges.ts';

// Slicing and padding are each other's adjoints, so they stand side by side. Both use the elements at start + i step of
// the larger tensor: slicing reads these elements, padding writes them.

export interface SliceAttrs {
  /** What to keep of each axis; axes after the last range are kept. */
  readonly ranges: readonly SliceRange[];
}

export interface PadAttrs {
  /** Elements before and after each axis. */
  readonly widths: readonly PadWidth[];
  /** The distance between neighbours in the result, for each axis; 1 puts nothing between them. */
  readonly steps: Shape;
  readonly value: number;
}

// y[i] = x[start + i step]
export const sliceOp: Op<'x', SliceAttrs> = defineOp<'x', SliceAttrs>({
  name: 'slice',
  infer: ({ x }, { ranges }) => ({ shape: sliceShape('slice', x.shape, ranges).shape, dtype: x.dtype }),
  gradients: {
    x: rule([], ({ cotangent, attrs, inputs: { x } }) => {
      const { starts, steps } = sliceShape('slice', x.shape, attrs.ranges);
      const widths = cotangent.shape.map((size, axis): PadWidth => {
        const start = sizeAt(starts, axis);
        return [start, sizeAt(x.shape, axis) - start - spread(size, sizeAt(steps, axis))];
      });
      return run(padOp, { x: cotangent }, { widths, steps, value: 0 });
    }),
  },
  kernels: movementKernels(
    (x, output, { ranges }) => {
      const { starts, steps } = sliceShape('slice', x.shape, ranges);
      return { shape: output.shape, from: everyStep(x, starts, steps), to: inOrder(output.shape) };
    },
    ({ x }, output, { ranges }) => {
      const { starts, steps } = sliceShape('slice', x.shape, ranges);
      return gather(x, output, (names) =>
        names.map((name, axis) => `${sizeAt(starts, axis)} + ${name} * ${sizeAt(steps, axis)}`),
      );
    },
  ),
});

// y[before + i step] = x[i], and the value elsewhere
export const padOp: Op<'x', PadAttrs> = defineOp<'x', PadAttrs>({
  name: 'pad',
  infer({ x }, { widths, steps, value }) {
    if (!isElement(value, x.dtype)) throw new DTypeError('pad', `${value} cannot be an element of a ${x.dtype} tensor`);
    const spaced = x.shape.map((size, axis) => spread(size, sizeAt(steps, axis)));
    return { shape: padShape('pad', spaced, widths), dtype: x.dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, attrs: { widths, steps }, inputs: { x } }) => {
      const ranges = widths.map(([before], axis): SliceRange => {
        const step = sizeAt(steps, axis);
        return [before, before + spread(sizeAt(x.shape, axis), step), step];
      });
      return run(sliceOp, { x: cotangent }, { ranges });
    }),
  },
  kernels: movementKernels(
    (x, output, { widths, steps }) => ({
      shape: x.shape,
      from: inOrder(x.shape),
      to: everyStep(
        output,
        widths.map(([before]) => before),
        steps,
      ),
    }),
    ({ x }, output, { widths, steps, value }) => {
      const names = axisNames('i', output.shape.length);
      const places = axisNames('place', output.shape.length);
      return pass({ x }, output, names, ({ read }) => {
        // Declare the place first: inside an index GPU.js takes every number for a whole one.
        const declarations = names.map((name, axis) => {
          const before = widths[axis]?.[0] ?? 0;
          return `const ${places[axis]} = ${unspread(name, before, sizeAt(steps, axis))};`;
        });
        return `${declarations.join('\n')}\nreturn ${read('x', places.map(inside), num(value))};`;
      });
    },
    ({ value }) => value,
  ),
});

/** The length from the first to the last of `size` elements that are `step` apart. */
function spread(size: number, step: number): number {
  return size === 0 ? 0 : (size - 1) * step + 1;
}

function isElement(value: number, dtype: DType): boolean {
  if (dtype === 'bool') return value === 0 || value === 1;
  return dtype !== 'int32' || (value | 0) === value;
}

/** GPU text of the i for which before + i step is `position`; below 0 if there is no such i. */
function unspread(position: string, before: number, step: number): string {
  if (step === 1) return `${position} - ${before}`;
  // Division is exact for numbers from 0 up. So shift by whole steps, so that the numerator is never negative.
  const shift = Math.ceil(before / step);
  const shifted = `${position} + ${shift * step - before}`;
  return `(${floorMod(shifted, step)} < 0.5 ? ${floorDiv(shifted, step)} - ${shift} : -0.5)`;
}

function everyStep({ shape }: Spec, starts: Shape, steps: Shape) {
  const strides = stridesOf(shape);
  return {
    offset: starts.reduce((sum, start, axis) => sum + start * sizeAt(strides, axis), 0),
    strides: strides.map((stride, axis) => stride * sizeAt(steps, axis)),
  };
}

/**
 * Part of a tensor: `slice(x, [[1, 3], [], [0, undefined, 2]])` keeps 1 and 2 of the first axis, all of the second and
 * every second of the third. As in Python, bounds may be negative (from the end) and reach beyond the axis. The result
 * is a copy.
 *
 * @param ranges `[start, stop, step]` for each axis, each with a default; the step is 1 or more
 * @throws ShapeError for more ranges than axes, a bound that is not whole, or a step below 1
 * @category Shapes and places
 */
export function slice<S extends Shape, D extends DType, const Ranges extends readonly SliceRange[]>(
  x: Tensor<S, D>,
  ranges: Ranges & Fits<SliceCheck<'slice', S, Ranges>>,
): Tensor<Slice<S, Ranges>, D> {
  return run(sliceOp, { x }, { ranges });
}

export interface PadOptions {
  /** The value around x, in mode `constant`; 0 when left out. */
  readonly value?: number;
  /**
   * What stands around x: `constant` (the default), one value; `reflect`, x mirrored at its outermost elements, which are
   * not repeated; `replicate`, the outermost elements; `circular`, x again.
   */
  readonly mode?: PadMode;
}

const padOptions = { value: true, mode: true };

/**
 * x with something around it: `pad(x, [[0, 0], [1, 2]])` puts one element before and two after the second axis. All modes
 * of PyTorch's `pad` pad any axes here.
 *
 * @param widths the number of elements to put `[before, after]` each axis
 * @throws ShapeError unless there is a pair for each axis, of whole numbers from 0; for widths that are larger than the
 * axis in mode `circular`, or not smaller in mode `reflect`; OptionError for a value in another mode than `constant`;
 * DTypeError for a value that x's dtype cannot hold; RangeError for an unknown mode
 * @category Shapes and places
 */
export function pad<S extends Shape, D extends DType, const Widths extends readonly PadWidth[]>(
  x: Tensor<S, D>,
  widths: Widths & Fits<PadCheck<'pad', S, Widths>>,
  options: PadOptions = {},
): Tensor<Pad<S, Widths>, D> {
  checkOptions('pad', options, padOptions);
  const { mode = 'constant', value } = options;
  checkChoice('pad', 'mode', mode, padModes);
  if (mode === 'constant') return run(padOp, { x }, { widths, steps: x.shape.map(() => 1), value: value ?? 0 });
  if (value !== undefined) throw new OptionError('pad', `mode ${mode} has no value, got ${value}`);
  return padEdges(x, widths, mode) as Tensor<Pad<S, Widths>, D>;
}
