// Sums, products, extremes, norms and moments over some axes of a tensor.
//
// Everything is accumulated in float64, which holds float32 and int32 exactly: the rounding of a sum is that of its
// result. The order of accumulation is fixed by the shape alone.
//
// Axes are merged into kept and reduced ones. The innermost is the run. `Rows` kernels reduce runs, `Columns` kernels
// keep them and reduce blocks of up to 4096 neighbouring columns at once. A combination is one choice of indices of the
// other reduced axes. A long reduction to few outputs is cut into parts, whose totals a second step reduces.
//
// Parameters: x, out, how to finish, centres, divisor and root (float64), length of the run, parts and part length of the
// run, combinations, parts and part length of those, number of kept axes, number of reduced axes, then (size, stride) of
// each kept axis (in rows all of them, in columns all but the run) and of each reduced axis (but the run).
//
// A centre is a number for each output that an earlier pass stored as a pair: its mean, or its largest element.

import { offsetAlong } from './axes';
import { exp4, log4 } from './functions';
import { power2 } from './functions-wide';
import { doubleAt, pointerAt, sizeAt } from './params';
import { highHalf } from './simd';

const SUM = 0;
/** Of |x|. */
const SIZES = 1;
const SQUARES = 2;
/** Of |x|, to the power `root`. */
const POWERS = 3;
/** Squares of x - centre. */
const DEVIATIONS = 4;
/** Of x - centre. */
const EXPONENTIALS = 5;
const PRODUCT = 6;
const MAX = 7;
/** The largest |x|. */
const LARGEST_SIZE = 8;
const MIN = 9;

const F32 = 0;
const I32 = 1;

/** Store total / divisor. */
const QUOTIENT = 0;
/** Store the square root of the total. */
const ROOT = 1;
/** Store total / divisor as two float32 whose sum it is, for a second step. */
const PAIR = 2;
/** Store the total to the power 1 / root. */
const POWER = 3;
/** Store the logarithm of the total, and the centre. */
const LOGARITHM = 4;

const BLOCK: u32 = 4096;

// @ts-ignore: decorator
@inline
function start(operation: i32): f64 {
  if (operation == MAX) return -Infinity;
  if (operation == MIN) return Infinity;
  return operation == PRODUCT ? 1 : 0;
}

/** What is done to four elements while they are float32. */
// @ts-ignore: decorator
@inline
function prepared(operation: i32, x: v128, centre: v128): v128 {
  if (operation == EXPONENTIALS) return exp4(f32x4.sub(x, centre));
  if (operation == SIZES || operation == POWERS || operation == LARGEST_SIZE) return f32x4.abs(x);
  return x;
}

/** The first two lanes as float64. */
// @ts-ignore: decorator
@inline
function widen(type: i32, x: v128): v128 {
  return type == F32 ? f64x2.promote_low_f32x4(x) : f64x2.convert_low_i32x4_s(x);
}

/** Takes two elements, prepared, into two totals. */
// @ts-ignore: decorator
@inline
function take2(operation: i32, total: v128, x: v128, centre: v128, root: f64): v128 {
  if (operation == SQUARES) return f64x2.add(total, f64x2.mul(x, x));
  if (operation == POWERS) return f64x2.add(total, power2(x, f64x2.splat(root)));
  if (operation == DEVIATIONS) {
    const deviation = f64x2.sub(x, centre);
    return f64x2.add(total, f64x2.mul(deviation, deviation));
  }
  return join2(operation, total, x);
}

/** Joins two totals. */
// @ts-ignore: decorator
@inline
function join2(operation: i32, a: v128, b: v128): v128 {
  if (operation == MAX || operation == LARGEST_SIZE) return f64x2.max(a, b);
  if (operation == MIN) return f64x2.min(a, b);
  return operation == PRODUCT ? f64x2.mul(a, b) : f64x2.add(a, b);
}

/** The centre at `at`, whose second half is `gap` bytes behind the first. e^x takes no infinite one. */
// @ts-ignore: decorator
@inline
function centreAt(operation: i32, how: i32, at: usize, gap: usize): f64 {
  if (operation != DEVIATIONS && operation != EXPONENTIALS && how != LOGARITHM) return 0;
  const centre = <f64>load<f32>(at) + <f64>load<f32>(at + gap);
  return operation == DEVIATIONS || abs(centre) < Infinity ? centre : 0;
}

/** Stores a total; the second half of a pair goes `gap` bytes behind the first. */
// @ts-ignore: decorator
@inline
function finish(type: i32, how: i32, divisor: f64, root: f64, centre: f64, total: f64, at: usize, gap: usize): void {
  if (type == I32) store<i32>(at, <i32>(<i64>total));
  else if (how == PAIR) {
    const quotient = total / divisor;
    const high = <f32>quotient;
    store<f32>(at, high);
    // An infinite total has no rest.
    store<f32>(at + gap, abs(high) < Infinity ? <f32>(quotient - <f64>high) : 0);
  } else if (how == LOGARITHM) {
    const logarithm = f32x4.extract_lane(log4(f32x4.splat(<f32>total)), 0);
    store<f32>(at, <f32>(centre + <f64>logarithm));
  } else if (how == POWER) {
    store<f32>(at, <f32>f64x2.extract_lane(power2(f64x2.splat(total), f64x2.splat(1 / root)), 0));
  } else store<f32>(at, <f32>(how == ROOT ? sqrt(total) : total / divisor));
}

/** The total of `count` neighbours. */
// @ts-ignore: decorator
@inline
function runTotal(operation: i32, type: i32, at: usize, count: u32, centre: f64, root: f64): f64 {
  const first = f64x2.splat(start(operation));
  const centre2 = f64x2.splat(centre);
  const centre4 = f32x4.splat(<f32>centre);
  let total = first;
  let i: u32 = 0;
  if (count >= 8) {
    let a = first;
    let b = first;
    let c = first;
    let d = first;
    for (; i + 8 <= count; i += 8) {
      const x = prepared(operation, v128.load(at + (<usize>i << 2)), centre4);
      const y = prepared(operation, v128.load(at + (<usize>i << 2), 16), centre4);
      a = take2(operation, a, widen(type, x), centre2, root);
      b = take2(operation, b, widen(type, highHalf(x)), centre2, root);
      c = take2(operation, c, widen(type, y), centre2, root);
      d = take2(operation, d, widen(type, highHalf(y)), centre2, root);
    }
    a = join2(operation, join2(operation, a, b), join2(operation, c, d));
    total = join2(operation, a, v128.shuffle<i64>(a, a, 1, 0));
  }
  // Both lanes do the same from here on.
  for (; i < count; i += 1) {
    const x = prepared(operation, v128.load32_splat(at + (<usize>i << 2)), centre4);
    total = take2(operation, total, widen(type, x), centre2, root);
  }
  return f64x2.extract_lane(total, 0);
}

/** Units are parts of runs of parts of combinations of outputs, in this order from the inside. */
// @ts-ignore: decorator
@inline
function rows(operation: i32, type: i32, params: usize, begin: u32, end: u32): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const how = sizeAt(params, 2);
  const centres = pointerAt(params, 3);
  const divisor = doubleAt(params, 4);
  const root = doubleAt(params, 6);
  const runLength = <u32>sizeAt(params, 8);
  const runParts = <u32>sizeAt(params, 9);
  const runPart = <u32>sizeAt(params, 10);
  const combinations = <u32>sizeAt(params, 11);
  const combinationParts = <u32>sizeAt(params, 12);
  const combinationPart = <u32>sizeAt(params, 13);
  const keptCount = sizeAt(params, 14);
  const reducedCount = sizeAt(params, 15);
  const kept = params + 64;
  const reduced = kept + (<usize>keptCount << 3);
  const words: usize = how == PAIR ? 2 : 1;
  for (let unit = begin; unit < end; unit += 1) {
    const from = (unit % runParts) * runPart;
    const count = min(runLength - from, runPart);
    const rest = unit / runParts;
    const first = (rest % combinationParts) * combinationPart;
    const last = min(combinations, first + combinationPart);
    const output = rest / combinationParts;
    const base = x + (<usize>(offsetAlong(kept, keptCount, output) + from) << 2);
    const centre = centreAt(operation, how, centres + (<usize>output << 3), 4);
    let total = start(operation);
    for (let i = first; i < last; i += 1) {
      const at = base + (<usize>offsetAlong(reduced, reducedCount, i) << 2);
      const next = f64x2.splat(runTotal(operation, type, at, count, centre, root));
      total = f64x2.extract_lane(join2(operation, f64x2.splat(total), next), 0);
    }
    finish(type, how, divisor, root, centre, total, out + words * (<usize>unit << 2), 4);
  }
}

/**
 * Takes a row of elements into the row of totals at `totals`, four at a time: what is behind the last one is read, and
 * its totals are never stored. The second halves of centres are `gap` bytes behind the first.
 */
// @ts-ignore: decorator
@inline
function takeRow(operation: i32, type: i32, totals: usize, at: usize, count: u32, centres: usize, gap: usize, root: f64): void {
  const hasCentres = operation == DEVIATIONS || operation == EXPONENTIALS;
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const high = hasCentres ? v128.load(centres + (i << 2)) : f32x4.splat(0);
    const low = hasCentres ? v128.load(centres + gap + (i << 2)) : f32x4.splat(0);
    const finite = v128.and(high, f32x4.lt(f32x4.abs(high), f32x4.splat(Infinity)));
    const x = prepared(operation, v128.load(at + (i << 2)), finite);
    const to = totals + (i << 3);
    const lowCentres = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(low));
    const highCentres = f64x2.add(f64x2.promote_low_f32x4(highHalf(high)), f64x2.promote_low_f32x4(highHalf(low)));
    v128.store(to, take2(operation, v128.load(to), widen(type, x), lowCentres, root));
    v128.store(to, take2(operation, v128.load(to, 16), widen(type, highHalf(x)), highCentres, root), 16);
  }
}

/** Units are blocks of columns of parts of combinations of kept indices; `scratch` holds a block's totals. */
// @ts-ignore: decorator
@inline
function columns(operation: i32, type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const how = sizeAt(params, 2);
  const centres = pointerAt(params, 3);
  const divisor = doubleAt(params, 4);
  const root = doubleAt(params, 6);
  const runLength = <u32>sizeAt(params, 8);
  const combinations = <u32>sizeAt(params, 11);
  const combinationParts = <u32>sizeAt(params, 12);
  const combinationPart = <u32>sizeAt(params, 13);
  const keptCount = sizeAt(params, 14);
  const reducedCount = sizeAt(params, 15);
  const kept = params + 64;
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
    const output = row / combinationParts;
    const base = x + (<usize>(offsetAlong(kept, keptCount, output) + column) << 2);
    const centre = centres + 2 * (<usize>output * gap) + (<usize>column << 2);
    for (let i: u32 = 0; i < count; i += 1) store<f64>(scratch + (<usize>i << 3), start(operation));
    for (let i = first; i < last; i += 1) {
      const at = base + (<usize>offsetAlong(reduced, reducedCount, i) << 2);
      takeRow(operation, type, scratch, at, count, centre, gap, root);
    }
    const to = out + words * (<usize>row * gap) + (<usize>column << 2);
    for (let i: u32 = 0; i < count; i += 1) {
      const at = <usize>i << 2;
      finish(type, how, divisor, root, centreAt(operation, how, centre + at, gap), load<f64>(scratch + (at << 1)), to + at, gap);
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

export function sizesRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(SIZES, F32, params, begin, end);
}

export function sizesColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(SIZES, F32, params, begin, end, scratch);
}

export function squaresRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(SQUARES, F32, params, begin, end);
}

export function squaresColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(SQUARES, F32, params, begin, end, scratch);
}

export function powersRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(POWERS, F32, params, begin, end);
}

export function powersColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(POWERS, F32, params, begin, end, scratch);
}

export function deviationsRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(DEVIATIONS, F32, params, begin, end);
}

export function deviationsColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(DEVIATIONS, F32, params, begin, end, scratch);
}

export function exponentialsRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(EXPONENTIALS, F32, params, begin, end);
}

export function exponentialsColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(EXPONENTIALS, F32, params, begin, end, scratch);
}

export function productRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(PRODUCT, F32, params, begin, end);
}

export function productColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(PRODUCT, F32, params, begin, end, scratch);
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

export function largestSizeRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(LARGEST_SIZE, F32, params, begin, end);
}

export function largestSizeColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(LARGEST_SIZE, F32, params, begin, end, scratch);
}

export function minRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MIN, F32, params, begin, end);
}

export function minColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MIN, F32, params, begin, end, scratch);
}

export function minRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MIN, I32, params, begin, end);
}

export function minColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MIN, I32, params, begin, end, scratch);
}
