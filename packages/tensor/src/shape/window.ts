import { ShapeError } from '../errors.ts';
import { expectRank, type RankCheck } from './expect.ts';
import { formatShape, sizeAt, type Shape } from './shape.ts';

/** A setting for height and width: one value for both, or a pair. */
export type Pair = number | readonly [height: number, width: number];

/** How a window moves over an image. */
export interface Window {
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [height: number, width: number];
  readonly dilation: readonly [height: number, width: number];
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

/** Pooling keeps `[N,C]`; spatial sizes are left to run time. */
export type Pool2d<S extends Shape> = readonly [S[0], S[1], number, number];

/** `[N,C,H,W]` at another size. */
export type Resize2d<S extends Shape, Size extends readonly [height: number, width: number]> = readonly [
  S[0],
  S[1],
  ...Size,
];

/**
 * The shape of 2D pooling.
 *
 * @param x `[N,C,H,W]`
 * @returns `[N,C,H',W']`, sizes rounded down, as PyTorch's default does.
 * @throws ShapeError for another rank, an image without pixels, a window larger than the padded input, padding of more
 * than half a window (some window would only cover padding), or a stride, padding or dilation that makes no sense.
 */
export function pool2dShape(
  op: string,
  x: Shape,
  kernel: readonly [height: number, width: number],
  window: Window,
): number[] {
  expectRank(op, 'x', x, '[N,C,H,W]');
  if (x.slice(2).includes(0)) throw new ShapeError(op, `x ${formatShape(x)} has no pixels to pool`);
  if (window.padding.some((padding, axis) => 2 * padding > sizeAt(kernel, axis))) {
    throw new ShapeError(
      op,
      `padding ${formatShape(window.padding)} is more than half of the window ${formatShape(kernel)}`,
    );
  }
  return [...x.slice(0, 2), ...windowSizes(op, x, kernel, window)];
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
 * The number of positions of a window along height and width:
 * `floor((size + 2·padding - dilation·(kernel - 1) - 1) / stride) + 1`.
 */
export function windowSizes(op: string, x: Shape, kernel: Shape, window: Window): number[] {
  const { stride, padding, dilation } = window;
  checkSetting(op, 'window', kernel, 1);
  checkSetting(op, 'stride', stride, 1);
  checkSetting(op, 'padding', padding, 0);
  checkSetting(op, 'dilation', dilation, 1);
  return kernel.map((length, axis) => {
    const reach = sizeAt(dilation, axis) * (length - 1) + 1;
    const room = sizeAt(x, axis + 2) + 2 * sizeAt(padding, axis) - reach;
    if (room < 0) {
      throw new ShapeError(
        op,
        `a window of ${formatShape(kernel)} with dilation ${formatShape(dilation)} does not fit into ` +
          `x ${formatShape(x)} with padding ${formatShape(padding)}`,
      );
    }
    return Math.floor(room / sizeAt(stride, axis)) + 1;
  });
}

/** @throws ShapeError unless each value of a window's setting is a whole number from `least` */
export function checkSetting(op: string, name: string, values: Shape, least: number): void {
  if (!values.every((value) => Number.isSafeInteger(value) && value >= least)) {
    throw new ShapeError(op, `${name} ${formatShape(values)} needs whole numbers from ${least}`);
  }
}
