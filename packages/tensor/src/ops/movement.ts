import type { GpuKernel } from '../backends/gpu/kernel.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import { copyStep, fillStep, type StridedView } from '../kernels/move.ts';
import type { Kernels } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Spec } from '../spec.ts';

/** A copy of one element for every index of `shape`: all that a movement of a tensor is. */
export interface Movement {
  readonly shape: Shape;
  /** Where an index' element comes from in the input. */
  readonly from: StridedView;
  /** Where it goes in the output. */
  readonly to: StridedView;
}

/** The elements in their own order. */
export function inOrder(shape: Shape): StridedView {
  return { offset: 0, strides: stridesOf(shape) };
}

/** The definition of a movement. */
export function moveElements(input: NdArray, output: NdArray, { shape, from, to }: Movement): void {
  forEachOffset(shape, [from.strides, to.strides], (_, [source = 0, target = 0]) => {
    output.data[to.offset + target] = input.data[from.offset + source] ?? 0;
  });
}

/**
 * Kernels of an operation that moves its input's elements.
 *
 * @param movement says from where to where
 * @param gpu the same as a gather
 * @param fill what elements hold to which nothing is moved; left out where there are none
 */
export function movementKernels<Attrs>(
  movement: (x: Spec, output: Spec, attrs: Attrs) => Movement,
  gpu: GpuKernel<'x', never, Attrs>,
  fill?: (attrs: Attrs) => number,
): Kernels<'x', never, Attrs> {
  return {
    reference({ x }, output, attrs) {
      if (fill) output.data.fill(fill(attrs));
      moveElements(x, output, movement(x, output, attrs));
    },
    wasm({ x }, output, attrs) {
      const { shape, from, to } = movement(x, output, attrs);
      const copy = copyStep(shape, x.pointer, from, output.pointer, to);
      return fill ? [fillStep(output, fill(attrs)), copy] : [copy];
    },
    gpu,
  };
}
