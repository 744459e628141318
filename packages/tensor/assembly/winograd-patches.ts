// Patches of a plane, 6×6 or 9×9, with zeros where they reach over its edge: those are copied, the others are
// read where they are.

import { sizeAt } from './params';

/** Bytes of a row of a copied patch. */
const PATCH_ROW: usize = 48;
/** Bytes of a copied patch of the larger kind. */
export const PATCH: usize = 9 * PATCH_ROW;

/**
 * A record of where a patch is: its address in the first channel, its row, whether it can be read in place, and
 * which of its columns 0 to 3, 4 to 7, and 8 exist.
 */
const ADDRESS: usize = 0, ROW: usize = 4, IN_PLACE: usize = 8, LAST: usize = 12, LEFT: usize = 16, RIGHT: usize = 32;
export const RECORD: usize = 48;

/**
 * Notes the patch of `side` rows and columns whose first element would be at `row` and `column` of the image's first
 * plane. `view`, 6 words: strides of image, channel, row and column; rows and columns of a plane.
 */
// @ts-ignore: decorator
@inline
export function recordPatch(view: usize, to: usize, image: usize, row: i32, column: i32, side: i32): void {
  const rows = sizeAt(view, 4), columns = sizeAt(view, 5), columnStride = sizeAt(view, 3);
  store<usize>(to, image + (<usize>(row * sizeAt(view, 2) + column * columnStride) << 2), ADDRESS);
  store<i32>(to, row, ROW);
  const fits = row >= 0 && row + side <= rows && column >= 0 && column + side <= columns;
  store<u32>(to, u32(fits && columnStride == 1), IN_PLACE);
  const first = i32x4.add(i32x4.splat(column), i32x4(0, 1, 2, 3));
  v128.store(to, i32x4.lt_u(first, i32x4.splat(columns)), LEFT);
  v128.store(to, i32x4.lt_u(i32x4.add(first, i32x4.splat(4)), i32x4.splat(columns)), RIGHT);
  store<u32>(to, u32(<u32>(column + 8) < <u32>columns), LAST);
}

/**
 * The address of a recorded patch in the channel `shift` bytes on: in the input, or if it reaches over the edge,
 * of a copy at `copy`.
 */
// @ts-ignore: decorator
@inline
export function patchAt(view: usize, from: usize, shift: usize, copy: usize, side: i32): usize {
  if (load<u32>(from, IN_PLACE)) return load<usize>(from, ADDRESS) + shift;
  copyPatch(view, from, shift, copy, side);
  return copy;
}

/** Bytes from row to row of what `patchAt` returns. */
// @ts-ignore: decorator
@inline
export function rowStep(from: usize, rowStride: usize): usize {
  return load<u32>(from, IN_PLACE) ? rowStride : PATCH_ROW;
}

/** A patch that reaches over the edge, with zeros outside. */
function copyPatch(view: usize, from: usize, shift: usize, to: usize, side: i32): void {
  const rowStride = sizeAt(view, 2) << 2, columnStride = sizeAt(view, 3) << 2;
  const rows = <u32>sizeAt(view, 4);
  const row = load<i32>(from, ROW);
  const left = v128.load(from, LEFT), right = v128.load(from, RIGHT);
  const anyLeft = v128.any_true(left), anyRight = v128.any_true(right), last = side > 8 && load<u32>(from, LAST);
  let at = load<usize>(from, ADDRESS) + shift;
  for (let i = 0; i < side; i++) {
    const exists = <u32>(row + i) < rows;
    let low = i32x4.splat(0), high = i32x4.splat(0);
    if (exists && anyLeft) low = v128.and(left, loadRow(at, columnStride, left));
    if (exists && anyRight) high = v128.and(right, loadRow(at + 4 * columnStride, columnStride, right));
    v128.store(to, low, 0);
    v128.store(to, high, 16);
    if (side > 8) store<u32>(to, exists && last ? load<u32>(at + 8 * columnStride) : 0, 32);
    at += rowStride;
    to += PATCH_ROW;
  }
}

/** Four neighbours of a row; those that are not `inside` have any value. */
// @ts-ignore: decorator
@inline
function loadRow(from: usize, columnStride: usize, inside: v128): v128 {
  if (columnStride == 4) return v128.load(from);
  let row = i32x4.splat(0);
  if (i32x4.extract_lane(inside, 0)) row = v128.load_lane<i32>(from, row, 0);
  if (i32x4.extract_lane(inside, 1)) row = v128.load_lane<i32>(from + columnStride, row, 1);
  if (i32x4.extract_lane(inside, 2)) row = v128.load_lane<i32>(from + 2 * columnStride, row, 2);
  if (i32x4.extract_lane(inside, 3)) row = v128.load_lane<i32>(from + 3 * columnStride, row, 3);
  return row;
}
