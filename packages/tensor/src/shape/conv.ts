import { ShapeError } from '../errors.ts';
import type { Multiply } from './arithmetic.ts';
import { expectRank, type RankCheck } from './expect.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';
import { windowSizes, type Window } from './window.ts';

/** `[N,C,H,W]` under a weight `[O,C/groups,kh,kw]`: `[N,O,number,number]`. Spatial sizes are left to run time. */
export type Conv2d<S extends Shape, W extends Shape> = readonly [S[0], W[0], number, number];

/** Verdict: input and weight have 4 axes each, and the input has `groups` times the weight's channels. */
export type Conv2dCheck<Op extends string, S extends Shape, W extends Shape, Groups extends number = 1> =
  RankCheck<Op, 'x', S, '[N,C,H,W]', Rank4> extends infer Refusal extends string
    ? Refusal
    : RankCheck<Op, 'weight', W, '[O,C/groups,kh,kw]', Rank4> extends infer Refusal extends string
      ? Refusal
      : ChannelsMatch<Op, S, W, S[1], Multiply<W[1], Groups>>;

type Rank4 = readonly [number, number, number, number];

type ChannelsMatch<
  Op extends string,
  S extends Shape,
  W extends Shape,
  Given extends number,
  Expected extends number,
> =
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
export function conv2dShape(op: string, x: Shape, weight: Shape, window: Window, groups = 1): number[] {
  expectRank(op, 'x', x, '[N,C,H,W]');
  expectRank(op, 'weight', weight, '[O,C/groups,kh,kw]');
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
