import { ShapeError } from '../errors.ts';
import type { Multiply } from './arithmetic.ts';
import { expectRank } from './expect.ts';
import { formatShape, sizeAt, type Shape } from './shape.ts';

/** `[N, C r², H, W]` → `[N, C, H r, W r]`; the channels are left to run time. */
export type PixelShuffle<S extends Shape, R extends number> = readonly [
  S[0],
  number,
  Multiply<S[2], R>,
  Multiply<S[3], R>,
];

/** `[N, C, H r, W r]` → `[N, C r², H, W]`; height and width are left to run time. */
export type PixelUnshuffle<S extends Shape, R extends number> = readonly [
  S[0],
  Multiply<S[1], Multiply<R, R>>,
  number,
  number,
];

/** @throws ShapeError unless x is [N,C,H,W] with channels that are a multiple of `factor`² */
export function pixelShuffleShape(op: string, x: Shape, factor: number): readonly [number, number, number, number] {
  checkFactor(op, x, factor);
  const channels = sizeAt(x, 1) / factor ** 2;
  if (!Number.isInteger(channels)) {
    throw new ShapeError(
      op,
      `x ${formatShape(x)} needs a multiple of ${factor ** 2} channels for the factor ${factor}`,
    );
  }
  return [sizeAt(x, 0), channels, sizeAt(x, 2) * factor, sizeAt(x, 3) * factor];
}

/** @throws ShapeError unless x is [N,C,H,W] with a height and width that are multiples of `factor` */
export function pixelUnshuffleShape(op: string, x: Shape, factor: number): readonly [number, number, number, number] {
  checkFactor(op, x, factor);
  const [height, width] = [sizeAt(x, 2) / factor, sizeAt(x, 3) / factor];
  if (!Number.isInteger(height) || !Number.isInteger(width)) {
    throw new ShapeError(op, `x ${formatShape(x)} needs a height and width that are multiples of ${factor}`);
  }
  return [sizeAt(x, 0), sizeAt(x, 1) * factor ** 2, height, width];
}

function checkFactor(op: string, x: Shape, factor: number): void {
  expectRank(op, 'x', x, '[N,C,H,W]');
  if (!Number.isSafeInteger(factor) || factor < 1) {
    throw new ShapeError(op, `the factor is ${factor}, and has to be a whole number from 1`);
  }
}
