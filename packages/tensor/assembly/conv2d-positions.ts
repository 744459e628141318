// The right operand of a convolution, a vector at a time: four neighbouring output positions, as they see the
// input through the taps.
//
// 14 parameter words describe the view: strides of image, channel, row and column (elements); rows and columns
// of the input; rows and columns of the taps; rowStep, firstRow, rowDilation; columnStep, firstColumn,
// columnDilation.

import { packSeen } from './matmul-pack';
import { PANEL_COLUMNS } from './matmul-tile';
import { sizeAt } from './params';
import { areConsecutive } from './simd';

/** Bytes from one depth of a panel to the next. */
const STEP: usize = PANEL_COLUMNS << 2;

/**
 * Packs depths [begin, begin + depth) of the (tap, channel) axis for output positions `position` to
 * `position + 3`, of which the first `lanes` exist. `input` is the group's first channel of the image.
 */
export function packPositions(
  view: usize, input: usize, channels: u32, outColumns: u32, position: u32, lanes: i32, begin: u32, depth: u32, to: usize,
): void {
  const channelStride = sizeAt(view, 1) << 2, rowStride = sizeAt(view, 2), columnStride = sizeAt(view, 3);
  const inRows = i32x4.splat(sizeAt(view, 4)), inColumns = i32x4.splat(sizeAt(view, 5));
  const tapColumns = <u32>sizeAt(view, 7);
  const exist = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
  const rows = i32x4.mul(outRowsOf(position, outColumns), i32x4.splat(sizeAt(view, 8)));
  const columns = i32x4.mul(outColumnsOf(position, outColumns), i32x4.splat(sizeAt(view, 11)));

  const end = begin + depth;
  let k = begin;
  while (k < end) {
    const tap = k / channels, channel = k % channels;
    const run = min(channels - channel, end - k);
    const firstRow = sizeAt(view, 9) + tap / tapColumns * sizeAt(view, 10);
    const firstColumn = sizeAt(view, 12) + tap % tapColumns * sizeAt(view, 13);
    const row = i32x4.add(rows, i32x4.splat(firstRow));
    const column = i32x4.add(columns, i32x4.splat(firstColumn));
    // Unsigned comparison: what is below zero is above every size.
    const inside = v128.and(exist, v128.and(i32x4.lt_u(row, inRows), i32x4.lt_u(column, inColumns)));
    const offsets = i32x4.add(i32x4.mul(row, i32x4.splat(rowStride)), i32x4.mul(column, i32x4.splat(columnStride)));
    // Consecutive: the usual case with stride 1, also across the end of a row if input and output are equally wide.
    packSeen(input + channel * channelStride, offsets, areConsecutive(offsets), inside, channelStride, run, to, STEP);
    to += <usize>run * STEP;
    k += run;
  }
}

/** Rows of four neighbouring output positions. */
// @ts-ignore: decorator
@inline
function outRowsOf(position: u32, outColumns: u32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(
    position / outColumns),
    1, (position + 1) / outColumns),
    2, (position + 2) / outColumns),
    3, (position + 3) / outColumns);
}

/** Columns of four neighbouring output positions. */
// @ts-ignore: decorator
@inline
function outColumnsOf(position: u32, outColumns: u32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(
    position % outColumns),
    1, (position + 1) % outColumns),
    2, (position + 2) % outColumns),
    3, (position + 3) % outColumns);
}
