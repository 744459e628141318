import type { GpuKernel } from '../backends/gpu/kernel.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import { copyStep, fillStep, type StridedView } from '../kernels/move.ts';
import type { Kernels } from '../op.ts';
import type { Shape } from '../shape/shape.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Spec } from '../spec.ts';

/** A movement of a tensor: it copies one element for every index of `shape`. */
export interface Movement {
  readonly shape: Shape;
  /** The position in the input that an index reads. */
  readonly from: StridedView;
  /** The position in the output that an index writes. */
  readonly to: StridedView;
}

/** The elements of `shape` in row-major order. */
export function inOrder(shape: Shape): StridedView {
  return { offset: 0, strides: stridesOf(shape) };
}

/** The reference kernel of a movement. */
export function moveElements(input: NdArray, output: NdArray, { shape, from, to }: Movement): void {
  forEachOffset(shape, [from.strides, to.strides], (_, [source = 0, target = 0]) => {
    output.data[to.offset + target] = input.data[from.offset + source] ?? 0;
  });
}

/**
 * Kernels of an operation that moves its input's elements.
 *
 * @param movement the positions to read and to write
 * @param gpu the same movement as a gather in a GPU kernel
 * @param fill the value of elements that the movement does not write; left out if it writes all elements
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
