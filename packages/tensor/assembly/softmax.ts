// Softmax and its logarithm along one axis, shifted by the largest element so that no power overflows.
//
// Parameters: x, out, size of the axis, number of elements behind each index of it. `Rows` kernels serve the innermost
// axis, their units are rows. `Columns` kernels serve the others, their units are blocks of up to 64 neighbouring
// columns, for which `scratch` holds the largest elements and then the totals (float64).
//
// Vectors at the end of a row read past it (there is always memory behind), and store no more than belongs there.

import { exp4, log4 } from './functions';
import { pointerAt, sizeAt } from './params';
import { highHalf, narrow, storeLanes } from './simd';

const BLOCK: u32 = 64;

/** All ones in the first `count` lanes. */
// @ts-ignore: decorator
@inline
function firstLanes(count: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/**
 * The result from x and what softmax left at `out` in its first pass, e^(x - top): this by the total, or for the
 * logarithm (x - top) - ln total. `scale` is what follows the operator.
 */
// @ts-ignore: decorator
@inline
function result(isLog: bool, x: usize, out: usize, top: v128, scale: v128): v128 {
  return isLog ? f32x4.sub(f32x4.sub(v128.load(x), top), scale) : f32x4.div(v128.load(out), scale);
}

// @ts-ignore: decorator
@inline
function rows(isLog: bool, params: usize, begin: u32, end: u32): void {
  const size = <u32>sizeAt(params, 2);
  const bytes = <usize>size << 2;
  for (let row = begin; row < end; row += 1) {
    const x = pointerAt(params, 0) + <usize>row * bytes;
    const out = pointerAt(params, 1) + <usize>row * bytes;

    const least = f32x4.splat(-Infinity);
    let tops = least;
    for (let i: u32 = 0; i < size; i += 4) {
      const here = v128.load(x + (<usize>i << 2));
      tops = f32x4.max(tops, i + 4 <= size ? here : v128.bitselect(here, least, firstLanes(size - i)));
    }
    tops = f32x4.max(tops, v128.shuffle<i32>(tops, tops, 2, 3, 0, 1));
    tops = f32x4.max(tops, v128.shuffle<i32>(tops, tops, 1, 0, 3, 2));

    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let i: u32 = 0; i < size; i += 4) {
      let power = exp4(f32x4.sub(v128.load(x + (<usize>i << 2)), tops));
      if (!isLog) storeLanes(out + (<usize>i << 2), power, size - i);
      if (i + 4 > size) power = v128.and(power, firstLanes(size - i));
      low = f64x2.add(low, f64x2.promote_low_f32x4(power));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(power)));
    }
    low = f64x2.add(low, high);
    const total = f32x4.splat(<f32>(f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)));

    const scale = isLog ? log4(total) : total;
    for (let i: u32 = 0; i < size; i += 4) {
      const at = <usize>i << 2;
      storeLanes(out + at, result(isLog, x + at, out + at, tops, scale), size - i);
    }
  }
}

// @ts-ignore: decorator
@inline
function columns(isLog: bool, params: usize, begin: u32, end: u32, scratch: usize): void {
  const size = <u32>sizeAt(params, 2);
  const inner = <u32>sizeAt(params, 3);
  const step = <usize>inner << 2;
  const totals = scratch + (<usize>BLOCK << 2);
  const blocks = (inner + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit += 1) {
    const column = (unit % blocks) * BLOCK;
    const count = min(inner - column, BLOCK);
    const bytes = <usize>count << 2;
    const start = <usize>(unit / blocks) * (<usize>size * step) + (<usize>column << 2);
    const x = pointerAt(params, 0) + start;
    const out = pointerAt(params, 1) + start;

    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(scratch + c, v128.load(x + c));
      v128.store(totals + 2 * c, f64x2.splat(0));
      v128.store(totals + 2 * c, f64x2.splat(0), 16);
    }
    for (let i: u32 = 1; i < size; i += 1) {
      const at = x + <usize>i * step;
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(scratch + c, f32x4.max(v128.load(scratch + c), v128.load(at + c)));
      }
    }
    for (let i: u32 = 0; i < size; i += 1) {
      const at = <usize>i * step;
      for (let c: usize = 0; c < bytes; c += 16) {
        const power = exp4(f32x4.sub(v128.load(x + at + c), v128.load(scratch + c)));
        if (!isLog) storeLanes(out + at + c, power, count - <u32>(c >> 2));
        const to = totals + 2 * c;
        v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(power)));
        v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(highHalf(power))), 16);
      }
    }
    // The totals as float32, in the first half of their place.
    for (let c: usize = 0; c < bytes; c += 16) {
      const from = totals + 2 * c;
      const total = narrow(v128.load(from), v128.load(from, 16));
      v128.store(totals + c, isLog ? log4(total) : total);
    }
    for (let i: u32 = 0; i < size; i += 1) {
      const at = <usize>i * step;
      for (let c: usize = 0; c < bytes; c += 16) {
        const y = result(isLog, x + at + c, out + at + c, v128.load(scratch + c), v128.load(totals + c));
        storeLanes(out + at + c, y, count - <u32>(c >> 2));
      }
    }
  }
}

export function softmaxRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(false, params, begin, end);
}

export function softmaxColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(false, params, begin, end, scratch);
}

export function logSoftmaxRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(true, params, begin, end);
}

export function logSoftmaxColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(true, params, begin, end, scratch);
}
