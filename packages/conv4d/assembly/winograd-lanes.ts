// Patches of one plane at four positions of the other, which are the four lanes of a vector: where they lie side by
// side in memory, as neighbouring support positions do, a vector of a patch is one load and nothing is transposed.
//
// A view of a tensor, 11 parameter words: strides of image, channel, row and column; rows and columns of the plane;
// row and column of the first tile's patch (0, 0 for an output); strides of the two axes of the lanes; offset of the
// first lane. Strides in elements.

import { areConsecutive } from '@hypercorr/tensor/assembly/simd';
import { sizeAt } from '@hypercorr/tensor/assembly/params';
import { ELEMENTS, SIDE, transformInput } from '@hypercorr/tensor/assembly/winograd-transforms';

/** Words of a view. */
export const VIEW: i32 = 11;
/** Bytes of work space: patches half transformed. */
export const WORK: usize = ELEMENTS << 4;

/** Byte offsets of lanes `lane` to `lane + 3` of a view; the last one stands in for those that do not exist. */
export function laneOffsets(view: usize, lane: u32, lanes: u32, laneColumns: u32): v128 {
  let offsets = i32x4.splat(laneOffset(view, lane, laneColumns));
  offsets = i32x4.replace_lane(offsets, 1, laneOffset(view, min(lane + 1, lanes - 1), laneColumns));
  offsets = i32x4.replace_lane(offsets, 2, laneOffset(view, min(lane + 2, lanes - 1), laneColumns));
  offsets = i32x4.replace_lane(offsets, 3, laneOffset(view, min(lane + 3, lanes - 1), laneColumns));
  return i32x4.shl(offsets, 2);
}

// @ts-ignore: decorator
@inline
function laneOffset(view: usize, lane: u32, laneColumns: u32): i32 {
  return sizeAt(view, 10) + lane / laneColumns * sizeAt(view, 8) + lane % laneColumns * sizeAt(view, 9);
}

/** Whether four byte offsets are those of a vector in memory. */
// @ts-ignore: decorator
@inline
export function areTogether(bytes: v128): bool {
  return areConsecutive(i32x4.shr_s(bytes, 2));
}

/**
 * Transforms the patch whose first element is at `row` and `column`, for all channels and four lanes:
 * to[element·elementStep + channel·channelStep] (bytes). `plane` is the image's first channel.
 */
export function transformPatch(
  view: usize, plane: usize, channels: u32, row: i32, column: i32, offsets: v128,
  work: usize, to: usize, elementStep: usize, channelStep: usize,
): void {
  const channelStride = <usize>sizeAt(view, 1) << 2;
  const rowStride = sizeAt(view, 2) << 2, columnStride = sizeAt(view, 3) << 2;
  const rows = sizeAt(view, 4), columns = sizeAt(view, 5);
  const whole = row >= 0 && row + <i32>SIDE <= rows && column >= 0 && column + <i32>SIDE <= columns;
  const together = areTogether(offsets);
  // Address of the patch's first element, which may lie outside.
  let from = plane + row * rowStride + column * columnStride;
  if (together) from += i32x4.extract_lane(offsets, 0);
  for (let channel: u32 = 0; channel < channels; channel++) {
    let at = from, half = work;
    for (let i: i32 = 0; i < <i32>SIDE; i++) {
      if (whole && together) {
        transformInput(
          v128.load(at), v128.load(at + columnStride), v128.load(at + 2 * columnStride), v128.load(at + 3 * columnStride),
          v128.load(at + 4 * columnStride), v128.load(at + 5 * columnStride), half, 16,
        );
      } else {
        const exists = <u32>(row + i) < <u32>rows;
        transformInput(
          element(exists, column, columns, at, offsets, together),
          element(exists, column + 1, columns, at + columnStride, offsets, together),
          element(exists, column + 2, columns, at + 2 * columnStride, offsets, together),
          element(exists, column + 3, columns, at + 3 * columnStride, offsets, together),
          element(exists, column + 4, columns, at + 4 * columnStride, offsets, together),
          element(exists, column + 5, columns, at + 5 * columnStride, offsets, together), half, 16,
        );
      }
      at += rowStride;
      half += SIDE << 4;
    }
    for (let e: usize = 0; e < SIDE; e++) {
      const half = work + (e << 4);
      transformInput(
        v128.load(half, 0 * SIDE * 16), v128.load(half, 1 * SIDE * 16), v128.load(half, 2 * SIDE * 16),
        v128.load(half, 3 * SIDE * 16), v128.load(half, 4 * SIDE * 16), v128.load(half, 5 * SIDE * 16),
        to + e * elementStep, SIDE * elementStep,
      );
    }
    from += channelStride;
    to += channelStep;
  }
}

/** An element of a patch in four lanes; zeros where its row or column does not exist. */
// @ts-ignore: decorator
@inline
export function element(rowExists: bool, column: i32, columns: i32, at: usize, offsets: v128, together: bool): v128 {
  if (!rowExists || <u32>column >= <u32>columns) return i32x4.splat(0);
  if (together) return v128.load(at);
  let values = v128.load32_zero(at + i32x4.extract_lane(offsets, 0));
  values = v128.load_lane<i32>(at + i32x4.extract_lane(offsets, 1), values, 1);
  values = v128.load_lane<i32>(at + i32x4.extract_lane(offsets, 2), values, 2);
  return v128.load_lane<i32>(at + i32x4.extract_lane(offsets, 3), values, 3);
}

/** Stores the first `lanes` of four lanes of an output. */
// @ts-ignore: decorator
@inline
export function storeLanes(values: v128, to: usize, offsets: v128, together: bool, lanes: u32): void {
  if (together && lanes >= 4) {
    v128.store(to + i32x4.extract_lane(offsets, 0), values);
  } else {
    f32.store(to + i32x4.extract_lane(offsets, 0), f32x4.extract_lane(values, 0));
    if (lanes > 1) f32.store(to + i32x4.extract_lane(offsets, 1), f32x4.extract_lane(values, 1));
    if (lanes > 2) f32.store(to + i32x4.extract_lane(offsets, 2), f32x4.extract_lane(values, 2));
    if (lanes > 3) f32.store(to + i32x4.extract_lane(offsets, 3), f32x4.extract_lane(values, 3));
  }
}
