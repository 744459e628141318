// The right operand of a convolution, a vector at a time: four neighbouring output positions, as they see the
// input through the taps.
//
// 14 parameter words describe the view: strides of image, channel, row and column (elements); rows and columns
// of the input; rows and columns of the taps; rowStep, firstRow, rowDilation; columnStep, firstColumn,
// columnDilation.

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
    packChannels(input + channel * channelStride, channelStride, offsets, inside, run, to);
    to += <usize>run * STEP;
    k += run;
  }
}

/** to[c·STEP + lane] = from[c·channelStride + offsets[lane]] where `inside`, else 0. */
function packChannels(from: usize, channelStride: usize, offsets: v128, inside: v128, channels: u32, to: usize): void {
  const end = to + <usize>channels * STEP;
  if (!v128.any_true(inside)) {
    for (; to < end; to += STEP) v128.store(to, i32x4.splat(0));
  } else if (areConsecutive(offsets)) {
    // The usual case with stride 1, also across the end of a row if input and output are equally wide.
    from += i32x4.extract_lane(offsets, 0) << 2;
    for (; to < end; to += STEP) {
      v128.store(to, v128.and(v128.load(from), inside));
      from += channelStride;
    }
  } else {
    const bytes = i32x4.shl(v128.and(offsets, inside), 2);
    const first = <usize>i32x4.extract_lane(bytes, 0), second = <usize>i32x4.extract_lane(bytes, 1);
    const third = <usize>i32x4.extract_lane(bytes, 2), fourth = <usize>i32x4.extract_lane(bytes, 3);
    for (; to < end; to += STEP) {
      let values = v128.load32_zero(from + first);
      values = v128.load_lane<i32>(from + second, values, 1);
      values = v128.load_lane<i32>(from + third, values, 2);
      values = v128.load_lane<i32>(from + fourth, values, 3);
      v128.store(to, v128.and(values, inside));
      from += channelStride;
    }
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
