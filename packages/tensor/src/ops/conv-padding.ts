import { ShapeError } from '../errors.ts';
import { run } from '../run.ts';
import { formatShape, sizeAt, type Shape } from '../shape/shape.ts';
import { sidesOf, type MovingWindow, type Sides } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { padOp } from './slice-pad.ts';

/** Padding of a convolution over any number of axes. */
export type ConvPadding = number | readonly Sides[] | 'same';

/**
 * A convolution's window, with the padding in front of each axis and behind it. 'same' is PyTorch's rule: as much as
 * keeps the size for a stride of 1, an odd element of it behind.
 *
 * @throws ShapeError for 'same' with another stride; the shape rule checks everything else
 */
export function convWindow(
  op: string,
  kernel: Shape,
  { stride, dilation, padding }: { readonly stride: Shape; readonly dilation: Shape; readonly padding: ConvPadding },
): Required<MovingWindow> {
  if (padding === 'same' && stride.some((step) => step !== 1)) {
    throw new ShapeError(op, `padding 'same' needs a stride of 1, got ${formatShape(stride)}`);
  }
  const sides = kernel.map((length, axis): readonly [before: number, after: number] => {
    if (padding !== 'same') return sidesOf(typeof padding === 'number' ? padding : (padding[axis] ?? 0));
    const total = sizeAt(dilation, axis) * (length - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  const [before, after] = [sides.map(([first]) => first), sides.map(([, last]) => last)];
  return { stride, dilation, padding: before, paddingAfter: after, ceilMode: false };
}

/** Whether the padding is the same on both sides of every axis. */
export function isEven({ padding, paddingAfter }: Required<MovingWindow>): boolean {
  return padding.every((before, axis) => before === paddingAfter[axis]);
}

/** Pads [N, C, …] with what uneven padding has more on one side than on the other. */
export function padUnevenly<T extends Tensor>(x: T, { padding, paddingAfter }: Required<MovingWindow>): Tensor {
  const widths = padding.map((before, axis): readonly [number, number] => {
    const both = Math.min(before, sizeAt(paddingAfter, axis));
    return [before - both, sizeAt(paddingAfter, axis) - both];
  });
  const steps = x.shape.map(() => 1);
  return run(padOp, { x }, { widths: [[0, 0], [0, 0], ...widths], steps, value: 0 });
}

/** The padding that both sides of each axis have. */
export function evenPadding({ padding, paddingAfter }: Required<MovingWindow>): number[] {
  return padding.map((before, axis) => Math.min(before, sizeAt(paddingAfter, axis)));
}
