import { ShapeError } from '../errors.ts';
import { formatShape, sameShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** Verdict: an argument has exactly the wanted shape (a bias, for example). */
export type ExpectCheck<Op extends string, Name extends string, Wanted extends Shape, S extends Shape> =
  Overlap<Wanted, S> extends true
    ? true
    : `[${Op}] ${Name} has shape ${FormatShape<S>}, expected ${FormatShape<Wanted>}`;

/** @throws ShapeError unless `shape` is `wanted`; `name` is the name of the argument. */
export function expectShape(op: string, name: string, wanted: Shape, shape: Shape): void {
  if (!sameShape(wanted, shape)) {
    throw new ShapeError(op, `${name} has shape ${formatShape(shape)}, expected ${formatShape(wanted)}`);
  }
}

/** Verdict: an argument has the axes `Layout`, for example `'[N,C,H,W]'`; `Like` is any shape of that rank. */
export type RankCheck<
  Op extends string,
  Name extends string,
  S extends Shape,
  Layout extends string,
  Like extends Shape,
> =
  Overlap<S['length'], Like['length']> extends true
    ? true
    : `[${Op}] ${Name} has shape ${FormatShape<S>}, expected ${Layout}`;

/**
 * @throws ShapeError unless `shape` has the axes of `layout`, for example `'[N,C,H,W]'`; `name` is the name of the
 * argument.
 */
export function expectRank(op: string, name: string, shape: Shape, layout: string): void {
  if (shape.length !== layout.split(',').length) {
    throw new ShapeError(op, `${name} has shape ${formatShape(shape)}, expected ${layout}`);
  }
}

/** Per-channel parameters of `[N,C,…]`: `[C]`. */
export type Channels<S extends Shape> = S extends readonly [number, infer C extends number, ...Shape]
  ? readonly [C]
  : readonly [number];

/** Verdict: `S` is `[N,C,…]`. */
export type ChannelsCheck<Op extends string, Name extends string, S extends Shape> = [number] extends [S['length']]
  ? true
  : [S] extends [readonly [number, number, ...Shape]]
    ? true
    : `[${Op}] ${Name} has shape ${FormatShape<S>}, expected [N,C,…]`;

/**
 * The number of channels of `[N,C,…]`.
 *
 * @throws ShapeError if there is no axis 1.
 */
export function channelsOf(op: string, name: string, shape: Shape): number {
  const channels = shape[1];
  if (channels === undefined) {
    throw new ShapeError(op, `${name} has shape ${formatShape(shape)}, expected [N,C,…]`);
  }
  return channels;
}
