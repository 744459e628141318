import { ShapeError } from '../errors.ts';
import { expectRank, type RankCheck } from './expect.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';

type Rank4 = readonly [number, number, number, number];

/** Images `[N,C,H,W]` sampled at the places of a grid `[N,H',W',2]`: `[N,C,H',W']`. */
export type GridSample<S extends Shape, G extends Shape> = readonly [S[0], S[1], G[1], G[2]];

/** Verdict: images, and a grid of places (x, y) for each of them. */
export type GridSampleCheck<Op extends string, S extends Shape, G extends Shape> =
  RankCheck<Op, 'x', S, '[N,C,H,W]', Rank4> extends infer Refusal extends string
    ? Refusal
    : Overlap<readonly [number, number, number, 2], G> extends true
      ? Overlap<S[0], G[0]> extends true
        ? true
        : `[${Op}] there are ${S[0]} images and ${G[0]} grids; got x ${FormatShape<S>}, grid ${FormatShape<G>}`
      : `[${Op}] grid has shape ${FormatShape<G>}, expected [N,H',W',2]`;

/**
 * The shape of images sampled at places.
 *
 * @param x `[N,C,H,W]`
 * @param grid `[N,H',W',2]`
 * @returns `[N,C,H',W']`
 * @throws ShapeError for other ranks, images without pixels, a number of grids that differs from the number of images,
 * or places that are not two numbers
 */
export function gridSampleShape(op: string, x: Shape, grid: Shape): number[] {
  expectRank(op, 'x', x, '[N,C,H,W]');
  if (grid.length !== 4 || grid[3] !== 2) {
    throw new ShapeError(op, `grid has shape ${formatShape(grid)}, expected [N,H',W',2]`);
  }
  if (x[0] !== grid[0]) {
    const got = `got x ${formatShape(x)}, grid ${formatShape(grid)}`;
    throw new ShapeError(op, `there are ${x[0]} images and ${grid[0]} grids; ${got}`);
  }
  if (x.slice(2).includes(0)) throw new ShapeError(op, `x ${formatShape(x)} has no pixels to sample`);
  return [...x.slice(0, 2), sizeAt(grid, 1), sizeAt(grid, 2)];
}
