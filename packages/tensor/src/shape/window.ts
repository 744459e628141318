import { ShapeError } from '../errors.ts';
import { expectRank, type RankCheck } from './expect.ts';
import { formatShape, sameShape, sizeAt, type Shape } from './shape.ts';

/** A setting for height and width: one value for both, or a pair. */
export type Pair = number | readonly [height: number, width: number];

/** How a window moves over an image. */
export interface Window {
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [height: number, width: number];
  readonly dilation: readonly [height: number, width: number];
}

/** Padding along one axis: the same on both sides, or before and after. */
export type Sides = number | readonly [before: number, after: number];

/** Padding of height and width: one value for every side, a value for each axis, or both sides of an axis. */
export type PairPadding = number | readonly [height: Sides, width: Sides];

/** A setting for depth, height and width: one value for all, or a triple. */
export type Triple = number | readonly [depth: number, height: number, width: number];

/** Padding of depth, height and width. */
export type TriplePadding = number | readonly [depth: Sides, height: Sides, width: Sides];

/** How a window moves over any number of axes. */
export interface MovingWindow {
  readonly stride: Shape;
  /** Padding in front of each axis, and behind it too where `paddingAfter` is left out. */
  readonly padding: Shape;
  readonly paddingAfter?: Shape;
  readonly dilation: Shape;
  /** Whether the last window may reach beyond the padding, as long as it starts in front of it. */
  readonly ceilMode?: boolean;
}

/** Padding of one axis as what stands before it and after it. */
export function sidesOf(padding: Sides): readonly [before: number, after: number] {
  return typeof padding === 'number' ? [padding, padding] : padding;
}

export function triple(value: Triple): readonly [depth: number, height: number, width: number] {
  return typeof value === 'number' ? [value, value, value] : value;
}

export function pair(value: Pair): readonly [height: number, width: number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** Verdict: an image batch, `[N,C,H,W]`. */
export type ImageCheck<Op extends string, S extends Shape> = RankCheck<
  Op,
  'x',
  S,
  '[N,C,H,W]',
  readonly [number, number, number, number]
>;

/** Verdict: a batch of sequences, `[N,C,L]`. */
export type SequenceCheck<Op extends string, S extends Shape> = RankCheck<
  Op,
  'x',
  S,
  '[N,C,L]',
  readonly [number, number, number]
>;

/** Verdict: a batch of volumes, `[N,C,D,H,W]`. */
export type VolumeCheck<Op extends string, S extends Shape> = RankCheck<
  Op,
  'x',
  S,
  '[N,C,D,H,W]',
  readonly [number, number, number, number, number]
>;

/** Pooling of `[N,C,L]`. */
export type Pool1d<S extends Shape> = readonly [S[0], S[1], number];

/** Pooling of `[N,C,D,H,W]`. */
export type Pool3d<S extends Shape> = readonly [S[0], S[1], number, number, number];

/** Pooling keeps `[N,C]`; spatial sizes are left to run time. */
export type Pool2d<S extends Shape> = readonly [S[0], S[1], number, number];

/** `[N,C,H,W]` at another size. */
export type Resize2d<S extends Shape, Size extends readonly [height: number, width: number]> = readonly [
  S[0],
  S[1],
  ...Size,
];

/**
 * The shape of 2D pooling: `poolShape` of `[N,C,H,W]`.
 *
 * @throws ShapeError as `poolShape`
 */
export function pool2dShape(
  op: string,
  x: Shape,
  kernel: readonly [height: number, width: number],
  window: MovingWindow,
): number[] {
  return poolShape(op, x, '[N,C,H,W]', kernel, window);
}

/**
 * The shape of pooling over any number of axes.
 *
 * @param x `[N,C,…]`
 * @param layout the axes of x, for example `'[N,C,H,W]'`
 * @returns `[N,C,…]`, sizes rounded down, as PyTorch's default does, or by the rule of PyTorch's `ceil_mode`.
 * @throws ShapeError for another rank, an image without pixels, a window larger than the padded input, padding of more
 * than half a window, a window that only covers padding, or a stride, padding or dilation that makes no sense.
 */
export function poolShape(op: string, x: Shape, layout: string, kernel: Shape, window: MovingWindow): number[] {
  expectRank(op, 'x', x, layout);
  if (x.slice(2).includes(0)) throw new ShapeError(op, `x ${formatShape(x)} has no pixels to pool`);
  for (const padding of [window.padding, window.paddingAfter ?? window.padding]) {
    if (padding.some((width, axis) => 2 * width > sizeAt(kernel, axis))) {
      throw new ShapeError(
        op,
        `padding ${formatShape(padding)} is more than half of the window ${formatShape(kernel)}`,
      );
    }
  }
  const sizes = windowSizes(op, x, kernel, window);
  if (sizes.some((windows, axis) => seesOnlyPadding(sizeAt(x, axis + 2), windows, axis, kernel, window))) {
    const { dilation } = window;
    throw new ShapeError(
      op,
      `a window of ${formatShape(kernel)} with dilation ${formatShape(dilation)} covers only padding of x ${formatShape(x)}`,
    );
  }
  return [...x.slice(0, 2), ...sizes];
}

/** Whether one of the windows along an axis has no element on the image: its elements may lie on both sides of it. */
function seesOnlyPadding(size: number, windows: number, axis: number, kernel: Shape, window: MovingWindow): boolean {
  const dilation = sizeAt(window.dilation, axis);
  if (dilation === 1) return false;
  return Array.from({ length: windows }, (_, i) => {
    const start = i * sizeAt(window.stride, axis) - sizeAt(window.padding, axis);
    const first = Math.max(0, Math.ceil(-start / dilation));
    return first >= sizeAt(kernel, axis) || start + first * dilation >= size;
  }).includes(true);
}

/**
 * The shape of a resized image batch.
 *
 * @throws ShapeError unless `x` is `[N,C,H,W]` with pixels to read, and the new sizes are whole numbers from 1.
 */
export function resize2dShape(op: string, x: Shape, size: readonly [height: number, width: number]): number[] {
  expectRank(op, 'x', x, '[N,C,H,W]');
  if (![...x.slice(2), ...size].every((length) => Number.isSafeInteger(length) && length >= 1)) {
    throw new ShapeError(op, `x ${formatShape(x)} cannot be resized to ${formatShape(size)}`);
  }
  return [...x.slice(0, 2), ...size];
}

/**
 * The number of positions of a window along each axis:
 * `floor((size + paddings - dilation·(kernel - 1) - 1) / stride) + 1`. `ceilMode` rounds up instead, but leaves out a
 * last window that would start behind the image.
 */
export function windowSizes(op: string, x: Shape, kernel: Shape, window: MovingWindow): number[] {
  const { stride, padding, dilation, paddingAfter = padding, ceilMode = false } = window;
  checkSetting(op, 'window', kernel, 1);
  checkSetting(op, 'stride', stride, 1);
  checkSetting(op, 'padding', padding, 0);
  checkSetting(op, 'padding', paddingAfter, 0);
  checkSetting(op, 'dilation', dilation, 1);
  const behind = sameShape(padding, paddingAfter) ? '' : ` in front and ${formatShape(paddingAfter)} behind`;
  return kernel.map((length, axis) => {
    const [size, step, before] = [sizeAt(x, axis + 2), sizeAt(stride, axis), sizeAt(padding, axis)];
    const reach = sizeAt(dilation, axis) * (length - 1) + 1;
    const room = size + before + sizeAt(paddingAfter, axis) - reach + (ceilMode ? step - 1 : 0);
    if (room < 0) {
      throw new ShapeError(
        op,
        `a window of ${formatShape(kernel)} with dilation ${formatShape(dilation)} does not fit into ` +
          `x ${formatShape(x)} with padding ${formatShape(padding)}${behind}`,
      );
    }
    const windows = Math.floor(room / step) + 1;
    return ceilMode && (windows - 1) * step >= size + before ? windows - 1 : windows;
  });
}

/** @throws ShapeError unless each value of a window's setting is a whole number from `least` */
export function checkSetting(op: string, name: string, values: Shape, least: number): void {
  if (!values.every((value) => Number.isSafeInteger(value) && value >= least)) {
    throw new ShapeError(op, `${name} ${formatShape(values)} needs whole numbers from ${least}`);
  }
}
