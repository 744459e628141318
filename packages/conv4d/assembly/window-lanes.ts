// What eight lanes see of a plane, for windows.ts and windows-gradient.ts: panels [channel][lane], one for each element
// of the plane, and which of them are zeros.

import { PANEL_COLUMNS } from '@hypercorr/tensor/assembly/matmul-tile';
import { areConsecutive, storeTransposed } from '@hypercorr/tensor/assembly/simd';
import { AXES, tapsOf } from './axes';
import { inside, OFFSET, step } from './positions';

/** Bytes from one channel of a panel to the next. */
export const STEP: usize = PANEL_COLUMNS << 2;

/** Which of four recorded lanes see the input through a tap. */
// @ts-ignore: decorator
@inline
export function seenThrough(lanes: usize, tap: u32, record: usize): v128 {
  let rest = <i32>tap, seen = i32x4.splat(-1);
  for (let axis = AXES - 1; axis >= 0; axis--) {
    seen = v128.and(seen, inside(lanes, axis, rest % tapsOf(lanes, axis), record));
    rest /= tapsOf(lanes, axis);
  }
  return seen;
}

/** Where they see it: byte offsets of the plane's first element, 0 for those that do not. */
// @ts-ignore: decorator
@inline
export function placesThrough(lanes: usize, tap: u32, record: usize, seen: v128): v128 {
  let rest = <i32>tap, shift = 0;
  for (let axis = AXES - 1; axis >= 0; axis--) {
    shift += step(lanes, axis, rest % tapsOf(lanes, axis));
    rest /= tapsOf(lanes, axis);
  }
  return i32x4.shl(v128.and(i32x4.add(v128.load(record, OFFSET), i32x4.splat(shift)), seen), 2);
}

/** Whether no number among these bytes is infinite or NaN: zeros times them are zeros, and may be left out. */
export function areFinite(from: usize, bytes: usize): bool {
  let sum = f32x4.splat(0);
  for (const end = from + bytes; from < end; from += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(from), f32x4.splat(0)));
  return !v128.any_true(f32x4.ne(sum, sum));
}

/** Flags the elements of the plane that are not zero in one of four lanes. Whether all are flagged: then it looks no further. */
export function flagValues(input: usize, bytes: v128, seen: v128, channels: u32, channelStride: usize, elements: u32, flags: usize): bool {
  const seen0 = v128.shuffle<i32>(seen, seen, 0, 0, 0, 0), seen1 = v128.shuffle<i32>(seen, seen, 1, 1, 1, 1);
  const seen2 = v128.shuffle<i32>(seen, seen, 2, 2, 2, 2), seen3 = v128.shuffle<i32>(seen, seen, 3, 3, 3, 3);
  const end = <usize>elements << 2;
  for (let c: u32 = 0; c < channels; c++) {
    const from = input + c * channelStride;
    const from0 = from + i32x4.extract_lane(bytes, 0), from1 = from + i32x4.extract_lane(bytes, 1);
    const from2 = from + i32x4.extract_lane(bytes, 2), from3 = from + i32x4.extract_lane(bytes, 3);
    let missing = i32x4.splat(0);
    let at: usize = 0;
    for (; at + 16 <= end; at += 16) {
      const x0 = v128.and(v128.load(from0 + at), seen0), x1 = v128.and(v128.load(from1 + at), seen1);
      const x2 = v128.and(v128.load(from2 + at), seen2), x3 = v128.and(v128.load(from3 + at), seen3);
      const found = v128.or(v128.load(flags + at), v128.or(v128.or(x0, x1), v128.or(x2, x3)));
      missing = v128.or(missing, i32x4.eq(found, i32x4.splat(0)));
      v128.store(flags + at, found);
    }
    let whole = !v128.any_true(missing);
    for (; at < end; at += 4) {
      const found = load<u32>(flags + at) | <u32>v128.any_true(v128.and(loadLanes(from0 + at, from1 + at, from2 + at, from3 + at), seen));
      store<u32>(flags + at, found);
      if (found == 0) whole = false;
    }
    if (whole) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function loadLanes(from0: usize, from1: usize, from2: usize, from3: usize): v128 {
  let x = v128.load32_zero(from0);
  x = v128.load_lane<i32>(from1, x, 1);
  x = v128.load_lane<i32>(from2, x, 2);
  return v128.load_lane<i32>(from3, x, 3);
}

/** Brings the flagged elements of planes that are contiguous in memory into half of the panels, which have room for `depth` channels. */
export function transposeLanes(
  input: usize, bytes: v128, seen: v128, channels: u32, depth: u32, channelStride: usize, elements: u32, flags: usize, panels: usize,
): void {
  const seen0 = v128.shuffle<i32>(seen, seen, 0, 0, 0, 0), seen1 = v128.shuffle<i32>(seen, seen, 1, 1, 1, 1);
  const seen2 = v128.shuffle<i32>(seen, seen, 2, 2, 2, 2), seen3 = v128.shuffle<i32>(seen, seen, 3, 3, 3, 3);
  const panelBytes = <usize>depth * STEP;
  const end = <usize>elements << 2;
  for (let c: u32 = 0; c < channels; c++) {
    const from = input + c * channelStride;
    const from0 = from + i32x4.extract_lane(bytes, 0), from1 = from + i32x4.extract_lane(bytes, 1);
    const from2 = from + i32x4.extract_lane(bytes, 2), from3 = from + i32x4.extract_lane(bytes, 3);
    let to = panels + c * STEP;
    let at: usize = 0;
    for (; at + 16 <= end; at += 16) {
      if (v128.any_true(v128.load(flags + at))) {
        storeTransposed(
          v128.and(v128.load(from0 + at), seen0), v128.and(v128.load(from1 + at), seen1),
          v128.and(v128.load(from2 + at), seen2), v128.and(v128.load(from3 + at), seen3), to, panelBytes,
        );
      }
      to += 4 * panelBytes;
    }
    for (; at < end; at += 4) {
      v128.store(to, v128.and(loadLanes(from0 + at, from1 + at, from2 + at, from3 + at), seen));
      to += panelBytes;
    }
  }
}

/**
 * Brings the elements of any plane into panels, which have room for `depth` channels, and flags those that are not
 * zero. Strides in elements.
 */
export function gatherLanes(
  input: usize, rows: i32, columns: i32, rowStride: i32, columnStride: i32, bytes0: v128, seen0: v128, bytes1: v128, seen1: v128,
  channels: u32, depth: u32, channelStride: usize, flags: usize, panels: usize,
): void {
  const together = areConsecutive(i32x4.shr_s(bytes0, 2)) && areConsecutive(i32x4.shr_s(bytes1, 2));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let from = input + (<usize>(row * rowStride + column * columnStride) << 2);
      let to = panels;
      let found = i32x4.splat(0);
      for (let c: u32 = 0; c < channels; c++) {
        let low: v128, high: v128;
        if (together) {
          low = v128.load(from + i32x4.extract_lane(bytes0, 0));
          high = v128.load(from + i32x4.extract_lane(bytes1, 0));
        } else {
          low = loadLanes(
            from + i32x4.extract_lane(bytes0, 0), from + i32x4.extract_lane(bytes0, 1),
            from + i32x4.extract_lane(bytes0, 2), from + i32x4.extract_lane(bytes0, 3),
          );
          high = loadLanes(
            from + i32x4.extract_lane(bytes1, 0), from + i32x4.extract_lane(bytes1, 1),
            from + i32x4.extract_lane(bytes1, 2), from + i32x4.extract_lane(bytes1, 3),
          );
        }
        low = v128.and(low, seen0);
        high = v128.and(high, seen1);
        found = v128.or(found, v128.or(low, high));
        v128.store(to, low);
        v128.store(to, high, 16);
        from += channelStride;
        to += STEP;
      }
      store<u32>(flags, <u32>v128.any_true(found));
      flags += 4;
      panels += <usize>depth * STEP;
    }
  }
}
