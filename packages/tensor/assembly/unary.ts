// Elementwise operations of one input.
//
// Parameters: x, out, then what the operation takes. Units are elements; the last vector may run into the padding.

import { erf4, exp4, log1p4, log4, sigmoid4, softplus4, tanh4 } from './functions';
import { sine4 } from './functions-wide';
import { pointerAt, sizeAt } from './params';

const NEG_F32 = 0;
const NEG_I32 = 1;
const ABS_F32 = 2;
const ABS_I32 = 3;
const SQUARE_F32 = 4;
const SQUARE_I32 = 5;
const SQRT = 6;
const RELU = 7;
const EXP = 8;
const LOG = 9;
const SIGMOID = 10;
const TANH = 11;
const SOFTPLUS = 12;
const CLAMP_F32 = 13;
const CLAMP_I32 = 14;
const COPY = 15;
const TRUNCATE = 16;
const CONVERT = 17;
const NONZERO_F32 = 18;
const NONZERO_I32 = 19;
const LOG1P = 20;
const RECIPROCAL = 21;
const SIN = 22;
const COS = 23;
const ERF = 24;
const GELU = 25;
const GELU_TANH = 26;
const LEAKY_RELU = 27;
const FLOOR = 28;
const CEIL = 29;
const ROUND = 30;
const SIGN_F32 = 31;
const SIGN_I32 = 32;

/** One vector of results, with the bounds `low` and `high`, or the slope `low`. `operation` is a compile-time constant. */
// @ts-ignore: decorator
@inline
function apply(operation: i32, x: v128, low: v128, high: v128): v128 {
  if (operation == NEG_F32) return f32x4.neg(x);
  if (operation == NEG_I32) return i32x4.neg(x);
  if (operation == ABS_F32) return f32x4.abs(x);
  if (operation == ABS_I32) return i32x4.abs(x);
  if (operation == SQUARE_F32) return f32x4.mul(x, x);
  if (operation == SQUARE_I32) return i32x4.mul(x, x);
  if (operation == SQRT) return f32x4.sqrt(x);
  if (operation == RELU) return f32x4.max(x, f32x4.splat(0));
  if (operation == EXP) return exp4(x);
  if (operation == LOG) return log4(x);
  if (operation == SIGMOID) return sigmoid4(x);
  if (operation == TANH) return tanh4(x);
  if (operation == SOFTPLUS) return softplus4(x);
  if (operation == CLAMP_F32) return f32x4.min(f32x4.max(x, low), high);
  if (operation == CLAMP_I32) return i32x4.min_s(i32x4.max_s(x, low), high);
  if (operation == TRUNCATE) return i32x4.trunc_sat_f32x4_s(x);
  if (operation == CONVERT) return f32x4.convert_i32x4_s(x);
  if (operation == NONZERO_F32) return v128.and(f32x4.ne(x, f32x4.splat(0)), i32x4.splat(1));
  if (operation == LOG1P) return log1p4(x);
  if (operation == RECIPROCAL) return f32x4.div(f32x4.splat(1), x);
  if (operation == SIN) return sine4(x, 0);
  if (operation == COS) return sine4(x, 1);
  if (operation == ERF) return erf4(x);
  if (operation == GELU) return gelu4(x);
  if (operation == GELU_TANH) return geluTanh4(x);
  if (operation == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(low, x), f32x4.ge(x, f32x4.splat(0)));
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEIL) return f32x4.ceil(x);
  if (operation == ROUND) return f32x4.nearest(x);
  if (operation == SIGN_F32) {
    const one = f32x4.splat(1), zero = f32x4.splat(0);
    return f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));
  }
  if (operation == SIGN_I32) return i32x4.sub(i32x4.lt_s(x, i32x4.splat(0)), i32x4.gt_s(x, i32x4.splat(0)));
  if (operation == NONZERO_I32) return v128.and(i32x4.ne(x, i32x4.splat(0)), i32x4.splat(1));
  return x;
}

/** x (1 + erf(x / √2)) / 2 */
// @ts-ignore: decorator
@inline
function gelu4(x: v128): v128 {
  const share = f32x4.add(f32x4.splat(1), erf4(f32x4.mul(x, f32x4.splat(0.70710678))));
  return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), share);
}

/** x sigmoid(2 √(2/π) (x + 0.044715 x³)) */
// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  const inner = f32x4.add(f32x4.splat(1.5957691), f32x4.mul(f32x4.splat(0.071354816), f32x4.mul(x, x)));
  return f32x4.mul(x, sigmoid4(f32x4.mul(x, inner)));
}

// @ts-ignore: decorator
@inline
function map(operation: i32, params: usize, begin: u32, end: u32): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const isClamp = operation == CLAMP_F32 || operation == CLAMP_I32;
  const low = i32x4.splat(isClamp || operation == LEAKY_RELU ? sizeAt(params, 2) : 0);
  const high = i32x4.splat(isClamp ? sizeAt(params, 3) : 0);
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    v128.store(out + at, apply(operation, v128.load(x + at), low, high));
  }
}

export function neg_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(NEG_F32, params, begin, end);
}

export function neg_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(NEG_I32, params, begin, end);
}

export function abs_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(ABS_F32, params, begin, end);
}

export function abs_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(ABS_I32, params, begin, end);
}

export function square_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SQUARE_F32, params, begin, end);
}

export function square_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SQUARE_I32, params, begin, end);
}

export function sqrt_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SQRT, params, begin, end);
}

export function relu_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(RELU, params, begin, end);
}

export function exp_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(EXP, params, begin, end);
}

export function log_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(LOG, params, begin, end);
}

export function sigmoid_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SIGMOID, params, begin, end);
}

export function tanh_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(TANH, params, begin, end);
}

export function softplus_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SOFTPLUS, params, begin, end);
}

export function clamp_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(CLAMP_F32, params, begin, end);
}

export function clamp_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(CLAMP_I32, params, begin, end);
}

export function copy_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(COPY, params, begin, end);
}

export function truncate_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(TRUNCATE, params, begin, end);
}

export function convert_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(CONVERT, params, begin, end);
}

export function nonzero_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(NONZERO_F32, params, begin, end);
}

export function nonzero_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(NONZERO_I32, params, begin, end);
}

export function log1p_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(LOG1P, params, begin, end);
}

export function reciprocal_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(RECIPROCAL, params, begin, end);
}

export function sin_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SIN, params, begin, end);
}

export function cos_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(COS, params, begin, end);
}

export function erf_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(ERF, params, begin, end);
}

export function gelu_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(GELU, params, begin, end);
}

export function geluTanh_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(GELU_TANH, params, begin, end);
}

export function leakyRelu_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(LEAKY_RELU, params, begin, end);
}

export function floor_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(FLOOR, params, begin, end);
}

export function ceil_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(CEIL, params, begin, end);
}

export function round_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(ROUND, params, begin, end);
}

export function sign_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SIGN_F32, params, begin, end);
}

export function sign_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  map(SIGN_I32, params, begin, end);
}
