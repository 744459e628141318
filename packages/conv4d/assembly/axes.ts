// Four axes that a window moves along, as parameter words: for each its positions and their stride in the output, its
// size and stride in the input, and its taps: count, step, first, dilation. Position p sees the input's element
// p·step + first + i·dilation through tap i, and 0 where there is none. Strides in elements.

import { sizeAt } from '@hypercorr/tensor/assembly/params';

export const AXES: i32 = 4;
/** Words of an axis. */
export const AXIS: i32 = 8;

// @ts-ignore: decorator
@inline
export function positionsOf(axes: usize, axis: i32): u32 { return <u32>sizeAt(axes, axis * AXIS); }
// @ts-ignore: decorator
@inline
export function outStrideOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 1); }
// @ts-ignore: decorator
@inline
export function sizeOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 2); }
// @ts-ignore: decorator
@inline
export function strideOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 3); }
// @ts-ignore: decorator
@inline
export function tapsOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 4); }
// @ts-ignore: decorator
@inline
export function stepOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 5); }
// @ts-ignore: decorator
@inline
export function firstOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 6); }
// @ts-ignore: decorator
@inline
export function dilationOf(axes: usize, axis: i32): i32 { return sizeAt(axes, axis * AXIS + 7); }

/** All positions of an image. */
// @ts-ignore: decorator
@inline
export function allPositions(axes: usize): u32 {
  return positionsOf(axes, 0) * positionsOf(axes, 1) * positionsOf(axes, 2) * positionsOf(axes, 3);
}

/** All taps. */
// @ts-ignore: decorator
@inline
export function allTaps(axes: usize): u32 {
  return <u32>(tapsOf(axes, 0) * tapsOf(axes, 1) * tapsOf(axes, 2) * tapsOf(axes, 3));
}

/** Whether the elements of a plane, its rows and columns as axes, follow each other in memory. */
// @ts-ignore: decorator
@inline
export function isContiguous(plane: usize): bool {
  return strideOf(plane, 1) == 1 && strideOf(plane, 0) == sizeOf(plane, 1);
}

/** The same of the positions in the output. */
// @ts-ignore: decorator
@inline
export function isOutContiguous(plane: usize): bool {
  return outStrideOf(plane, 1) == 1 && outStrideOf(plane, 0) == <i32>positionsOf(plane, 1);
}
