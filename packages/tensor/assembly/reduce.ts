// Sums, sums of squares and largest elements over some axes of a tensor.
//
// Everything is accumulated in float64, which holds float32 and int32 exactly: the rounding of a sum is that of its
// result. The order of accumulation is fixed by the shape alone.
//
// Axes are merged into kept and reduced ones. The innermost is the run. `Rows` kernels reduce runs, `Columns` kernels
// keep them and reduce blocks of up to 4096 neighbouring columns at once. A combination is one choice of indices of the
// other reduced axes. A long reduction to few outputs is cut into parts, whose totals a second step reduces.
//
// Parameters: x, out, how to finish, divisor, length of the run, parts and part length of the run, combinations, parts
// and part length of those, number of kept axes, number of reduced axes, then (size, stride) of each kept axis (in
// rows all of them, in columns all but the run) and of each reduced axis (but the run).

import { offsetAlong } from './axes';
import { pointerAt, sizeAt } from './params';

const SUM = 0;
const SQUARES = 1;
const MAX = 2;

const F32 = 0;
const I32 = 1;

/** Store total / divisor. */
const QUOTIENT = 0;
/** Store the square root of the total. */
const ROOT = 1;
/** Store the total as two float32 whose sum it is, for a second step to add up. */
const PAIR = 2;

const BLOCK: u32 = 4096;

// @ts-ignore: decorator
@inline
function start(operation: i32): f64 {
  return operation == MAX ? -Infinity : 0;
}

/** The first two lanes as float64. */
// @ts-ignore: decorator
@inline
function widen(type: i32, x: v128): v128 {
  return type == F32 ? f64x2.promote_low_f32x4(x) : f64x2.convert_low_i32x4_s(x);
}

// @ts-ignore: decorator
@inline
function highHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

// @ts-ignore: decorator
@inline
function element(type: i32, at: usize): f64 {
  return type == F32 ? <f64>load<f32>(at) : <f64>load<i32>(at);
}

/** Takes two elements into two totals. */
// @ts-ignore: decorator
@inline
function take2(operation: i32, total: v128, x: v128): v128 {
  if (operation == MAX) return f64x2.max(total, x);
  return f64x2.add(total, operation == SQUARES ? f64x2.mul(x, x) : x);
}

// @ts-ignore: decorator
@inline
function take(operation: i32, total: f64, x: f64): f64 {
  if (operation == MAX) return max(total, x);
  return total + (operation == SQUARES ? x * x : x);
}

/** Joins two totals, of which neither is to be squared again. */
// @ts-ignore: decorator
@inline
function join2(operation: i32, a: v128, b: v128): v128 {
  return operation == MAX ? f64x2.max(a, b) : f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
function join(operation: i32, a: f64, b: f64): f64 {
  return operation == MAX ? max(a, b) : a + b;
}

/** Stores a total; the second half of a pair goes `gap` bytes behind the first. */
// @ts-ignore: decorator
@inline
function finish(type: i32, how: i32, divisor: f64, total: f64, at: usize, gap: usize): void {
  if (type == I32) store<i32>(at, <i32>(<i64>total));
  else if (how == PAIR) {
    const high = <f32>total;
    store<f32>(at, high);
    // An infinite total has no rest.
    store<f32>(at + gap, abs(high) < Infinity ? <f32>(total - <f64>high) : 0);
  } else store<f32>(at, <f32>(how == ROOT ? sqrt(total) : total / divisor));
}

/** The total of `count` neighbours. */
// @ts-ignore: decorator
@inline
function runTotal(operation: i32, type: i32, at: usize, count: u32): f64 {
  let total = start(operation);
  let i: u32 = 0;
  if (count >= 8) {
    let a = f64x2.splat(total);
    let b = a;
    let c = a;
    let d = a;
    for (; i + 8 <= count; i += 8) {
      const x = v128.load(at + (<usize>i << 2));
      const y = v128.load(at + (<usize>i << 2), 16);
      a = take2(operation, a, widen(type, x));
      b = take2(operation, b, widen(type, highHalf(x)));
      c = take2(operation, c, widen(type, y));
      d = take2(operation, d, widen(type, highHalf(y)));
    }
    a = join2(operation, join2(operation, a, b), join2(operation, c, d));
    total = join(operation, f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
  }
  for (; i < count; i += 1) total = take(operation, total, element(type, at + (<usize>i << 2)));
  return total;
}

/** Units are parts of runs of parts of combinations of outputs, in this order from the inside. */
// @ts-ignore: decorator
@inline
function rows(operation: i32, type: i32, params: usize, begin: u32, end: u32): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const how = sizeAt(params, 2);
  const divisor = <f64>sizeAt(params, 3);
  const runLength = <u32>sizeAt(params, 4);
  const runParts = <u32>sizeAt(params, 5);
  const runPart = <u32>sizeAt(params, 6);
  const combinations = <u32>sizeAt(params, 7);
  const combinationParts = <u32>sizeAt(params, 8);
  const combinationPart = <u32>sizeAt(params, 9);
  const keptCount = sizeAt(params, 10);
  const reducedCount = sizeAt(params, 11);
  const kept = params + 48;
  const reduced = kept + (<usize>keptCount << 3);
  const words: usize = how == PAIR ? 2 : 1;
  for (let unit = begin; unit < end; unit += 1) {
    const from = (unit % runParts) * runPart;
    const count = min(runLength - from, runPart);
    const rest = unit / runParts;
    const first = (rest % combinationParts) * combinationPart;
    const last = min(combinations, first + combinationPart);
    const base = x + (<usize>(offsetAlong(kept, keptCount, rest / combinationParts) + from) << 2);
    let total = start(operation);
    for (let i = first; i < last; i += 1) {
      const at = base + (<usize>offsetAlong(reduced, reducedCount, i) << 2);
      total = join(operation, total, runTotal(operation, type, at, count));
    }
    finish(type, how, divisor, total, out + words * (<usize>unit << 2), 4);
  }
}

/** Takes a row of elements into the row of totals at `totals`. */
// @ts-ignore: decorator
@inline
function takeRow(operation: i32, type: i32, totals: usize, at: usize, count: u32): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const x = v128.load(at + (<usize>i << 2));
    const to = totals + (<usize>i << 3);
    v128.store(to, take2(operation, v128.load(to), widen(type, x)));
    v128.store(to, take2(operation, v128.load(to, 16), widen(type, highHalf(x))), 16);
  }
  for (; i < count; i += 1) {
    const to = totals + (<usize>i << 3);
    store<f64>(to, take(operation, load<f64>(to), element(type, at + (<usize>i << 2))));
  }
}

/** Units are blocks of columns of parts of combinations of kept indices; `scratch` holds a block's totals. */
// @ts-ignore: decorator
@inline
function columns(operation: i32, type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const how = sizeAt(params, 2);
  const divisor = <f64>sizeAt(params, 3);
  const runLength = <u32>sizeAt(params, 4);
  const combinations = <u32>sizeAt(params, 7);
  const combinationParts = <u32>sizeAt(params, 8);
  const combinationPart = <u32>sizeAt(params, 9);
  const keptCount = sizeAt(params, 10);
  const reducedCount = sizeAt(params, 11);
  const kept = params + 48;
  const reduced = kept + (<usize>keptCount << 3);
  const words: usize = how == PAIR ? 2 : 1;
  const gap = <usize>runLength << 2;
  const blocks = (runLength + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit += 1) {
    const column = (unit % blocks) * BLOCK;
    const count = min(runLength - column, BLOCK);
    const row = unit / blocks;
    const first = (row % combinationParts) * combinationPart;
    const last = min(combinations, first + combinationPart);
    const base = x + (<usize>(offsetAlong(kept, keptCount, row / combinationParts) + column) << 2);
    for (let i: u32 = 0; i < count; i += 1) store<f64>(scratch + (<usize>i << 3), start(operation));
    for (let i = first; i < last; i += 1) {
      takeRow(operation, type, scratch, base + (<usize>offsetAlong(reduced, reducedCount, i) << 2), count);
    }
    const to = out + words * (<usize>row * gap) + (<usize>column << 2);
    for (let i: u32 = 0; i < count; i += 1) {
      finish(type, how, divisor, load<f64>(scratch + (<usize>i << 3)), to + (<usize>i << 2), gap);
    }
  }
}

export function sumRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(SUM, F32, params, begin, end);
}

export function sumColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(SUM, F32, params, begin, end, scratch);
}

export function sumRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(SUM, I32, params, begin, end);
}

export function sumColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(SUM, I32, params, begin, end, scratch);
}

export function squaresRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(SQUARES, F32, params, begin, end);
}

export function squaresColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(SQUARES, F32, params, begin, end, scratch);
}

export function maxRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MAX, F32, params, begin, end);
}

export function maxColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MAX, F32, params, begin, end, scratch);
}

export function maxRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MAX, I32, params, begin, end);
}

export function maxColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MAX, I32, params, begin, end, scratch);
}
