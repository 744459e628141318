// The right operand of a 4D convolution, a vector at a time: four neighbouring output positions, as they see the
// input through the taps. The 6-D tensor is read where it lies.

import { packSeen } from '@hypercorr/tensor/assembly/matmul-pack';
import { PANEL_COLUMNS } from '@hypercorr/tensor/assembly/matmul-tile';
import { areConsecutive } from '@hypercorr/tensor/assembly/simd';
import { AXES, dilationOf, firstOf, outStrideOf, positionsOf, sizeOf, stepOf, strideOf, tapsOf } from './axes';

/** Bytes from one depth of a panel to the next. */
const STEP: usize = PANEL_COLUMNS << 2;

/**
 * A record of four positions: along each axis the input's element under a tap 0 without dilation, then the offset of
 * that element of all axes. A lane without a position lies far outside of axis 0.
 */
export const RECORD: usize = <usize>(AXES + 1) << 4;
export const OFFSET: usize = <usize>AXES << 4;
const NOWHERE: i32 = i32.MIN_VALUE;

/** Records `count` positions from `position` on, in whole panels, and the output offset of each. */
export function recordPositions(axes: usize, position: u32, count: u32, records: usize, offsets: usize): void {
  const size1 = positionsOf(axes, 1), size2 = positionsOf(axes, 2), size3 = positionsOf(axes, 3);
  let p3 = position % size3, rest = position / size3;
  let p2 = rest % size2;
  rest /= size2;
  let p1 = rest % size1, p0 = rest / size1;
  for (let i: u32 = 0; i < count; i++) {
    const to = records + <usize>(i >> 2) * RECORD + (i % 4 << 2);
    const from0 = p0 * stepOf(axes, 0) + firstOf(axes, 0), from1 = p1 * stepOf(axes, 1) + firstOf(axes, 1);
    const from2 = p2 * stepOf(axes, 2) + firstOf(axes, 2), from3 = p3 * stepOf(axes, 3) + firstOf(axes, 3);
    store<i32>(to, from0, 0);
    store<i32>(to, from1, 16);
    store<i32>(to, from2, 32);
    store<i32>(to, from3, 48);
    store<i32>(to, from0 * strideOf(axes, 0) + from1 * strideOf(axes, 1) + from2 * strideOf(axes, 2) + from3 * strideOf(axes, 3), OFFSET);
    const out = p0 * outStrideOf(axes, 0) + p1 * outStrideOf(axes, 1) + p2 * outStrideOf(axes, 2) + p3 * outStrideOf(axes, 3);
    store<u32>(offsets + (i << 2), out);
    if (++p3 == size3) {
      p3 = 0;
      if (++p2 == size2) {
        p2 = 0;
        if (++p1 == size1) {
          p1 = 0;
          p0++;
        }
      }
    }
  }
  for (let i = count; i % PANEL_COLUMNS != 0; i++) {
    const to = records + <usize>(i >> 2) * RECORD + (i % 4 << 2);
    store<i32>(to, NOWHERE);
    store<i32>(to, 0, OFFSET);
  }
}

/**
 * Packs depths [begin, begin + depth) of the (tap, channel) axis for four recorded positions. `input` is the first
 * channel of the image, `channelStride` in bytes.
 */
export function packPositions(
  axes: usize, input: usize, channels: u32, channelStride: usize, record: usize, begin: u32, depth: u32, to: usize,
): void {
  if (depth == 0) return;
  const taps1 = tapsOf(axes, 1), taps2 = tapsOf(axes, 2), taps3 = tapsOf(axes, 3);
  const size3 = i32x4.splat(sizeOf(axes, 3));
  const from3 = v128.load(record, 48);
  const offsets = v128.load(record, OFFSET);
  const together = areConsecutive(offsets);
  const tap = <i32>(begin / channels);
  let channel = begin % channels;
  let i3 = tap % taps3, i2 = tap / taps3 % taps2, i1 = tap / (taps3 * taps2) % taps1, i0 = tap / (taps3 * taps2 * taps1);
  const end = begin + depth;
  let k = begin;
  while (k < end) {
    const outer = v128.and(inside(axes, 0, i0, record), v128.and(inside(axes, 1, i1, record), inside(axes, 2, i2, record)));
    const start = step(axes, 0, i0) + step(axes, 1, i1) + step(axes, 2, i2);
    while (i3 < taps3 && k < end) {
      const at = i32x4.add(from3, i32x4.splat(i3 * dilationOf(axes, 3)));
      const seen = v128.and(outer, i32x4.lt_u(at, size3));
      const shift = start + step(axes, 3, i3);
      const run = min(channels - channel, end - k);
      const from = input + channel * channelStride;
      packSeen(from, i32x4.add(offsets, i32x4.splat(shift)), together, seen, channelStride, run, to, STEP);
      to += <usize>run * STEP;
      k += run;
      channel = 0;
      i3++;
    }
    i3 = 0;
    if (++i2 == taps2) {
      i2 = 0;
      if (++i1 == taps1) {
        i1 = 0;
        i0++;
      }
    }
  }
}

/** Which of four positions see the input along one axis through tap `i`. Unsigned: what is below 0 is above every size. */
// @ts-ignore: decorator
@inline
export function inside(axes: usize, axis: i32, i: i32, record: usize): v128 {
  const at = i32x4.add(v128.load(record + (<usize>axis << 4)), i32x4.splat(i * dilationOf(axes, axis)));
  return i32x4.lt_u(at, i32x4.splat(sizeOf(axes, axis)));
}

/** The way in the input from tap 0 to tap `i` of an axis. */
// @ts-ignore: decorator
@inline
export function step(axes: usize, axis: i32, i: i32): i32 {
  return i * dilationOf(axes, axis) * strideOf(axes, axis);
}
