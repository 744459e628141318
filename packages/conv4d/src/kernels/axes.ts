import type { Shape } from '@hypercorr/tensor';
import { sizeAt } from '@hypercorr/tensor/op';
import {
  ascending,
  forwardTaps,
  gradientTaps,
  stridesOf,
  trimTaps,
  type Axis,
  type Taps,
} from '@hypercorr/tensor/kernels';
import { fourOf, planeSizes, type Window4d } from '../geometry.ts';

/** One of the four axes of a convolution of x to y; strides in elements of the contiguous tensors. */
export interface ConvAxis extends Axis {
  readonly xStride: number;
  readonly yStride: number;
  readonly kernelStride: number;
}

/** hq, wq, hs and ws of the convolution of x with a kernel to y. */
export function convAxes(x: Shape, weight: Shape, y: Shape, window: Window4d): readonly ConvAxis[] {
  const [stride, padding] = [fourOf(window.stride), fourOf(window.padding)];
  const [xSizes, kernels, ySizes] = [planeSizes(x), planeSizes(weight), planeSizes(y)];
  const [xStrides, kernelStrides, yStrides] = [stridesOf(x), stridesOf(weight), stridesOf(y)];
  return xSizes.map((inputSize, axis) => ({
    inputSize,
    outputSize: sizeAt(ySizes, axis),
    kernel: sizeAt(kernels, axis),
    stride: sizeAt(stride, axis),
    padding: sizeAt(padding, axis),
    dilation: 1,
    xStride: sizeAt(xStrides, axis + 2),
    yStride: sizeAt(yStrides, axis + 2),
    kernelStride: sizeAt(kernelStrides, axis + 2),
  }));
}

/** An axis of a sum over taps (the rule is in `assembly/axes.ts`). */
export interface TapAxis {
  readonly taps: Taps;
  /** Elements of the source along the axis. */
  readonly size: number;
  readonly inputStride: number;
  readonly outputStride: number;
  readonly kernelStride: number;
}

/** An axis of one position that sees its only element. */
export const singleAxis: TapAxis = {
  taps: { positions: 1, count: 1, step: 1, first: 0, dilation: 1, kernelFirst: 0, kernelStep: 1 },
  size: 1,
  inputStride: 0,
  outputStride: 0,
  kernelStride: 0,
};

/** Axis of the forward sum: y's positions see x. */
export function forwardAxis(axis: ConvAxis): TapAxis {
  const { inputSize: size, xStride: inputStride, yStride: outputStride, kernelStride } = axis;
  return { taps: forwardTaps(axis), size, inputStride, outputStride, kernelStride };
}

/** Axis of the input gradient: y sees x's positions residue, residue + stride, … */
export function gradientAxis(axis: ConvAxis, residue: number): TapAxis {
  const { outputSize: size, yStride: inputStride, xStride, stride, kernelStride } = axis;
  return {
    taps: ascending(gradientTaps(axis, residue)),
    size,
    inputStride,
    outputStride: xStride * stride,
    kernelStride,
  };
}

/** The axis without those outer taps through which no position sees an element. */
export function trimAxis(axis: TapAxis): TapAxis {
  return { ...axis, taps: trimTaps(axis.taps, axis.size) };
}

/** The words that `assembly/axes.ts` reads. */
export function axisWords(axes: readonly TapAxis[]): number[] {
  return axes.flatMap(({ taps, size, inputStride, outputStride }) => [
    taps.positions,
    outputStride,
    size,
    inputStride,
    taps.count,
    taps.step,
    taps.first,
    taps.dilation,
  ]);
}

/** Number of positions, over all axes. */
export function positionsOf(axes: readonly TapAxis[]): number {
  return axes.reduce((product, { taps }) => product * taps.positions, 1);
}

/** Number of taps, over all axes. */
export function tapsOf(axes: readonly TapAxis[]): number {
  return axes.reduce((product, { taps }) => product * taps.count, 1);
}

/** The kernel's element under the first taps of all axes. */
export function firstTap(axes: readonly TapAxis[]): number {
  return axes.reduce((offset, { taps, kernelStride }) => offset + taps.kernelFirst * kernelStride, 0);
}

/** Whether the kernel has one tap along the axis, and every position sees an element through that tap. */
export function isCovered({ taps: { positions, count, step, first }, size }: TapAxis): boolean {
  return count === 1 && first >= 0 && first + (positions - 1) * step < size;
}
