import type { WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, type Shape } from '../shape/shape.ts';
import type { Window } from '../shape/window.ts';

/** How a convolution moves over its input. */
export interface Conv2dWindow extends Window {
  readonly groups: number;
}

/**
 * Images of channels of planes, and their place in memory; strides in elements. A tensor `[N,C,H,W]` has this form
 * (`planesOf`), and so have two axes of a larger tensor.
 */
export interface Planes {
  /** Address of the first element. */
  readonly pointer: number;
  readonly images: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly imageStride: number;
  readonly channelStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A contiguous tensor `[N,C,H,W]`. */
export function planesOf({ pointer, shape }: WasmView): Planes {
  const channels = sizeAt(shape, 1);
  const rows = sizeAt(shape, 2);
  const columns = sizeAt(shape, 3);
  return {
    pointer,
    images: sizeAt(shape, 0),
    channels,
    rows,
    columns,
    imageStride: channels * rows * columns,
    channelStride: rows * columns,
    rowStride: columns,
    columnStride: 1,
  };
}

/** A contiguous weight `[O, C/groups, kh, kw]`, or its gradient. */
export interface Weight {
  readonly pointer: number;
  readonly shape: Shape;
}

/**
 * The taps of one axis: position p sees the source at `p·step + first + i·dilation` through the kernel's element
 * `kernelFirst + i·kernelStep`, for i < count. Positions outside of the source count as 0.
 */
export interface Taps {
  readonly positions: number;
  readonly count: number;
  readonly step: number;
  readonly first: number;
  readonly dilation: number;
  readonly kernelFirst: number;
  readonly kernelStep: number;
}

/**
 * A sum over taps (the equation is in `assembly/conv2d.ts`). A forward convolution is one tap sum. Its input gradient
 * is one tap sum for each residue of the position modulo the stride.
 */
export interface TapSum {
  readonly input: Planes;
  readonly output: Planes;
  readonly rows: Taps;
  readonly columns: Taps;
  readonly groups: number;
  /** The number of input channels (summed over) and of output channels of a group. */
  readonly channels: number;
  readonly outputs: number;
  readonly weight: TapWeights;
  /** Address of one value for each output channel, or 0. */
  readonly bias: number;
}

/** A weight gradient: the equation is in `assembly/conv2d-weight-gradient.ts`. */
export interface WeightSum {
  readonly input: Planes;
  readonly cotangent: Planes;
  readonly rows: Taps;
  readonly columns: Taps;
  readonly groups: number;
  /** The number of channels of a group in the input, and in the cotangent. */
  readonly channels: number;
  readonly outputs: number;
  /** Address of the contiguous gradient `[O, C/groups, kh, kw]`. */
  readonly gradient: number;
}

/** Where the weight of (group, output, channel, kernel row, kernel column) lies; strides in elements. */
export interface TapWeights {
  readonly pointer: number;
  readonly groupStride: number;
  readonly outputStride: number;
  readonly channelStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** One axis of a convolution. */
export interface Axis {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Rows (0) or columns (1) of a convolution. */
export function axisOf(axis: 0 | 1, x: Planes, out: Planes, weight: Weight, window: Window): Axis {
  return {
    inputSize: axis === 0 ? x.rows : x.columns,
    outputSize: axis === 0 ? out.rows : out.columns,
    kernel: sizeAt(weight.shape, 2 + axis),
    stride: window.stride[axis],
    padding: window.padding[axis],
    dilation: window.dilation[axis],
  };
}

/** Output position p sees the input at p·stride - padding + i·dilation. */
export function forwardTaps({ outputSize, kernel, stride, padding, dilation }: Axis): Taps {
  return {
    positions: outputSize,
    count: kernel,
    step: stride,
    first: -padding,
    dilation,
    kernelFirst: 0,
    kernelStep: 1,
  };
}

/**
 * The taps of the input gradient: input position q = residue + p·stride was seen by the outputs o with o·stride -
 * padding + i·dilation = q, that is o = p + (residue + padding - i·dilation) / stride, for the taps i that make this a
 * whole number: every (stride / g)-th, where g = gcd(stride, dilation), or none.
 */
export function gradientTaps({ inputSize, kernel, stride, padding, dilation }: Axis, residue: number): Taps {
  const common = gcd(stride, dilation);
  const kernelStep = stride / common;
  const offset = residue + padding;
  let kernelFirst = 0;
  while (kernelFirst < kernelStep && (offset - kernelFirst * dilation) % stride !== 0) kernelFirst += 1;
  return {
    positions: Math.max(0, Math.ceil((inputSize - residue) / stride)),
    count: kernelFirst === kernelStep ? 0 : Math.max(0, Math.ceil((kernel - kernelFirst) / kernelStep)),
    step: 1,
    first: (offset - kernelFirst * dilation) / stride,
    dilation: -dilation / common,
    kernelFirst,
    kernelStep,
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * The taps without those at either end that see only padding at every position. For example, a 3×3 kernel with padding
 * 1 on a 1×1 image keeps one tap of nine.
 */
export function trimTaps(taps: Taps, sourceSize: number): Taps {
  const sees = (i: number) => {
    const source = taps.first + i * taps.dilation;
    // The first position that is not before the source.
    const position = Math.max(0, Math.ceil(-source / taps.step));
    return position < taps.positions && source + position * taps.step < sourceSize;
  };
  let begin = 0;
  let end = taps.count;
  while (begin < end && !sees(begin)) begin += 1;
  while (end > begin && !sees(end - 1)) end -= 1;
  return {
    ...taps,
    count: end - begin,
    first: taps.first + begin * taps.dilation,
    kernelFirst: taps.kernelFirst + begin * taps.kernelStep,
  };
}

/** The same taps in ascending order of the source. The kernel's elements may then be in descending order. */
export function ascending(taps: Taps): Taps {
  const last = taps.count - 1;
  return taps.dilation > 0
    ? taps
    : {
        ...taps,
        first: taps.first + last * taps.dilation,
        dilation: -taps.dilation,
        kernelFirst: taps.kernelFirst + last * taps.kernelStep,
        kernelStep: -taps.kernelStep,
      };
}

/** The planes with every `stride`-th row and column, starting from a residue. */
export function everyNth(
  planes: Planes,
  stride: readonly [number, number],
  residue: readonly [number, number],
): Planes {
  const offset = residue[0] * planes.rowStride + residue[1] * planes.columnStride;
  return {
    ...planes,
    pointer: planes.pointer + 4 * offset,
    rows: Math.ceil((planes.rows - residue[0]) / stride[0]),
    columns: Math.ceil((planes.columns - residue[1]) / stride[1]),
    rowStride: planes.rowStride * stride[0],
    columnStride: planes.columnStride * stride[1],
  };
}

/**
 * The first parameters of every kernel of a tap sum. `weights` is the address of the weights in the layout that the
 * kernel reads.
 */
export function sumWords(weights: number, { input, output, bias, groups, outputs, channels }: TapSum): number[] {
  return [
    weights,
    input.pointer,
    output.pointer,
    bias,
    output.images,
    groups,
    outputs,
    channels,
    output.rows,
    output.columns,
    output.imageStride,
    output.channelStride,
    output.rowStride,
    output.columnStride,
  ];
}

/** The view of the input that `assembly/conv2d-positions.ts` reads. */
export function viewWords(planes: Planes, rows: Taps, columns: Taps): number[] {
  return [
    planes.imageStride,
    planes.channelStride,
    planes.rowStride,
    planes.columnStride,
    planes.rows,
    planes.columns,
    rows.count,
    columns.count,
    rows.step,
    rows.first,
    rows.dilation,
    columns.step,
    columns.first,
    columns.dilation,
  ];
}
