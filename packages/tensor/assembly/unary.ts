// Elementwise operations of one input.
//
// Parameters: x, out, then what the operation takes. Units are elements; the last vector may run into the padding.

import { exp4, log4, sigmoid4, softplus4, tanh4 } from './functions';
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

/** One vector of results; `operation` is a compile-time constant, so one branch remains. */
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
  if (operation == NONZERO_I32) return v128.and(i32x4.ne(x, i32x4.splat(0)), i32x4.splat(1));
  return x;
}

// @ts-ignore: decorator
@inline
function map(operation: i32, params: usize, begin: u32, end: u32): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const isClamp = operation == CLAMP_F32 || operation == CLAMP_I32;
  const low = i32x4.splat(isClamp ? sizeAt(params, 2) : 0);
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
