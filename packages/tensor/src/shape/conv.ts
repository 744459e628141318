import { ShapeError } from '../errors.ts';
import type { Multiply } from './arithmetic.ts';
import { expectRank, type RankCheck } from './expect.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';
import { checkSetting, windowSizes, type MovingWindow, type Window } from './window.ts';

/** `[N,C,H,W]` under a weight `[O,C/groups,kh,kw]`: `[N,O,number,number]`. Spatial sizes are left to run time. */
export type Conv2d<S extends Shape, W extends Shape> = readonly [S[0], W[0], number, number];

/** Verdict: input and weight have 4 axes each, and the input has `groups` times the weight's channels. */
export type Conv2dCheck<
  Op extends string,
  S extends Shape,
  W extends Shape,
  Groups extends number = 1,
> = ConvolvedCheck<Op, S, W, Multiply<W[1], Groups>, '[N,C,H,W]', '[O,C/groups,kh,kw]', Rank4>;

type Rank3 = readonly [number, number, number];
type Rank4 = readonly [number, number, number, number];
type Rank5 = readonly [number, number, number, number, number];

/** Verdict: input and weight have the axes of their layouts, and the input has the expected channels. */
type ConvolvedCheck<
  Op extends string,
  S extends Shape,
  W extends Shape,
  Expected extends number,
  Of extends string,
  Weight extends string,
  Like extends Shape,
> =
  RankCheck<Op, 'x', S, Of, Like> extends infer Refusal extends string
    ? Refusal
    : RankCheck<Op, 'weight', W, Weight, Like> extends infer Refusal extends string
      ? Refusal
      : ChannelsMatch<Op, S, W, S[1], Expected>;

/** `[N,C,L]` under a weight `[O,C/groups,k]`. */
export type Conv1d<S extends Shape, W extends Shape> = readonly [S[0], W[0], number];

/** `[N,C,D,H,W]` under a weight `[O,C/groups,kd,kh,kw]`. */
export type Conv3d<S extends Shape, W extends Shape> = readonly [S[0], W[0], number, number, number];

/** `[N,C,L]` under a weight `[C,O/groups,k]`. */
export type ConvTranspose1d<S extends Shape, W extends Shape, Groups extends number = 1> = readonly [
  S[0],
  Multiply<W[1], Groups>,
  number,
];

/** `[N,C,D,H,W]` under a weight `[C,O/groups,kd,kh,kw]`. */
export type ConvTranspose3d<S extends Shape, W extends Shape, Groups extends number = 1> = readonly [
  S[0],
  Multiply<W[1], Groups>,
  number,
  number,
  number,
];

/** Verdict: as `Conv2dCheck`, for sequences. */
export type Conv1dCheck<
  Op extends string,
  S extends Shape,
  W extends Shape,
  Groups extends number = 1,
> = ConvolvedCheck<Op, S, W, Multiply<W[1], Groups>, '[N,C,L]', '[O,C/groups,k]', Rank3>;

/** Verdict: as `Conv2dCheck`, for volumes. */
export type Conv3dCheck<
  Op extends string,
  S extends Shape,
  W extends Shape,
  Groups extends number = 1,
> = ConvolvedCheck<Op, S, W, Multiply<W[1], Groups>, '[N,C,D,H,W]', '[O,C/groups,kd,kh,kw]', Rank5>;

/** Verdict: as `ConvTranspose2dCheck`, for sequences. */
export type ConvTranspose1dCheck<Op extends string, S extends Shape, W extends Shape> = ConvolvedCheck<
  Op,
  S,
  W,
  W[0],
  '[N,C,L]',
  '[C,O/groups,k]',
  Rank3
>;

/** Verdict: as `ConvTranspose2dCheck`, for volumes. */
export type ConvTranspose3dCheck<Op extends string, S extends Shape, W extends Shape> = ConvolvedCheck<
  Op,
  S,
  W,
  W[0],
  '[N,C,D,H,W]',
  '[C,O/groups,kd,kh,kw]',
  Rank5
>;

type ChannelsMatch<Op extends string, S extends Shape, W extends Shape, Given extends number, Expected extends number> =
  Overlap<Given, Expected> extends true
    ? true
    : `[${Op}] the input has ${Given} channels, the weight expects ${Expected}; got x ${FormatShape<S>}, weight ${FormatShape<W>}`;

/**
 * The shape of a 2D convolution (cross-correlation, as in PyTorch).
 *
 * Output size of an axis: `floor((size + 2·padding - dilation·(kernel - 1) - 1) / stride) + 1`.
 *
 * @param x `[N,C,H,W]`
 * @param weight `[O,C/groups,kh,kw]`
 * @returns `[N,O,H',W']`
 * @throws ShapeError for other ranks, channels or outputs that `groups` do not divide, channels that differ, a window
 * that is larger than the padded input, or a stride, padding or dilation that makes no sense.
 */
export function conv2dShape(op: string, x: Shape, weight: Shape, window: MovingWindow, groups = 1): number[] {
  return convShape(op, x, weight, { x: '[N,C,H,W]', weight: '[O,C/groups,kh,kw]' }, window, groups);
}

/** The axes of the input and the weight, for messages: `'[N,C,H,W]'`. */
interface Layouts {
  readonly x: string;
  readonly weight: string;
}

/**
 * The shape of a convolution over any number of axes.
 *
 * @param x `[N,C,…]`
 * @param weight `[O,C/groups,…]`
 * @returns `[N,O,…]`
 * @throws ShapeError as `conv2dShape`
 */
export function convShape(
  op: string,
  x: Shape,
  weight: Shape,
  layouts: Layouts,
  window: MovingWindow,
  groups: number,
): number[] {
  expectRank(op, 'x', x, layouts.x);
  expectRank(op, 'weight', weight, layouts.weight);
  const got = `got x ${formatShape(x)}, weight ${formatShape(weight)}`;
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ShapeError(op, `groups is ${groups}, and has to be a whole number from 1; ${got}`);
  }
  const [batch, channels] = [sizeAt(x, 0), sizeAt(x, 1)];
  const [outputs, expected] = [sizeAt(weight, 0), sizeAt(weight, 1) * groups];
  if (channels !== expected) {
    throw new ShapeError(op, `the input has ${channels} channels, the weight expects ${expected}; ${got}`);
  }
  if (outputs % groups !== 0) {
    throw new ShapeError(op, `${groups} groups do not divide ${outputs} outputs; ${got}`);
  }
  return [batch, outputs, ...windowSizes(op, x, weight.slice(2), window)];
}

/** `[N,C,H,W]` under a weight `[C,O/groups,kh,kw]`: `[N,O,number,number]`. */
export type ConvTranspose2d<S extends Shape, W extends Shape, Groups extends number = 1> = readonly [
  S[0],
  Multiply<W[1], Groups>,
  number,
  number,
];

/** Verdict: input and weight have 4 axes each, and the same number of channels. */
export type ConvTranspose2dCheck<Op extends string, S extends Shape, W extends Shape> = ConvolvedCheck<
  Op,
  S,
  W,
  W[0],
  '[N,C,H,W]',
  '[C,O/groups,kh,kw]',
  Rank4
>;

/** A window of a transposed convolution. */
export interface TransposedWindow extends Window {
  /**
   * Rows and columns to add to the result at the bottom and on the right. A convolution gives one output size for
   * several input sizes; this selects the input size.
   */
  readonly outputPadding: readonly [height: number, width: number];
}

/**
 * The shape of a transposed 2D convolution. A convolution of this shape with the same window gives the shape of `x`.
 *
 * Output size of an axis: `(size - 1)·stride - 2·padding + dilation·(kernel - 1) + outputPadding + 1`.
 *
 * @param x `[N,C,H,W]`
 * @param weight `[C,O/groups,kh,kw]`
 * @returns `[N,O,H',W']`
 * @throws ShapeError for other ranks, an image without pixels, channels that differ or that `groups` do not divide, an
 * `outputPadding` of a stride or more, padding that leaves nothing, or a setting that makes no sense.
 */
export function convTranspose2dShape(
  op: string,
  x: Shape,
  weight: Shape,
  window: TransposedWindow,
  groups = 1,
): number[] {
  return convTransposeShape(op, x, weight, { x: '[N,C,H,W]', weight: '[C,O/groups,kh,kw]' }, window, groups);
}

/** A window of a transposed convolution over any number of axes. */
export interface TransposedMovingWindow {
  readonly stride: Shape;
  readonly padding: Shape;
  readonly dilation: Shape;
  readonly outputPadding: Shape;
}

/**
 * The shape of a transposed convolution over any number of axes.
 *
 * @param x `[N,C,…]`
 * @param weight `[C,O/groups,…]`
 * @returns `[N,O,…]`
 * @throws ShapeError as `convTranspose2dShape`
 */
export function convTransposeShape(
  op: string,
  x: Shape,
  weight: Shape,
  layouts: Layouts,
  window: TransposedMovingWindow,
  groups: number,
): number[] {
  expectRank(op, 'x', x, layouts.x);
  expectRank(op, 'weight', weight, layouts.weight);
  const got = `got x ${formatShape(x)}, weight ${formatShape(weight)}`;
  const { stride, padding, dilation, outputPadding } = window;
  const kernel = weight.slice(2);
  checkSetting(op, 'groups', [groups], 1);
  checkSetting(op, 'window', kernel, 1);
  checkSetting(op, 'stride', stride, 1);
  checkSetting(op, 'padding', padding, 0);
  checkSetting(op, 'dilation', dilation, 1);
  checkSetting(op, 'outputPadding', outputPadding, 0);
  if (outputPadding.some((added, axis) => added >= sizeAt(stride, axis))) {
    throw new ShapeError(
      op,
      `outputPadding ${formatShape(outputPadding)} has to be less than the stride ${formatShape(stride)}`,
    );
  }
  const [batch, channels] = [sizeAt(x, 0), sizeAt(x, 1)];
  if (channels !== weight[0]) {
    throw new ShapeError(op, `the input has ${channels} channels, the weight expects ${weight[0]}; ${got}`);
  }
  if (channels % groups !== 0) throw new ShapeError(op, `${groups} groups do not divide ${channels} channels; ${got}`);
  const sizes = kernel.map((length, axis) => {
    const size = sizeAt(x, axis + 2);
    if (size < 1) throw new ShapeError(op, `x ${formatShape(x)} has no pixels`);
    const reach = sizeAt(dilation, axis) * (length - 1) + 1;
    const result = (size - 1) * sizeAt(stride, axis) + reach - 2 * sizeAt(padding, axis) + sizeAt(outputPadding, axis);
    if (result < 1) throw new ShapeError(op, `padding ${formatShape(padding)} leaves nothing of the result; ${got}`);
    return result;
  });
  return [batch, sizeAt(weight, 1) * groups, ...sizes];
}
