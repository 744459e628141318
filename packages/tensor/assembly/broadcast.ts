// Elementwise operations of two or three inputs with broadcasting.
//
// Parameters: a, b, c, out (addresses; c is unused by two inputs), rank, then for each axis, outermost first:
// size, stride of a, of b, of c, in elements. The innermost strides are 0 or 1: the host merges axes.
// Units are elements of the output. `scratch` holds three vectors.

import { pow4 } from './functions-wide';
import { pointerAt, sizeAt } from './params';

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MAXIMUM = 4;
const MINIMUM = 5;
const EQUAL = 6;
const NOT_EQUAL = 7;
const LESS = 8;
const LESS_EQUAL = 9;
const WHERE = 10;
const RELU_GRADIENT = 11;
const POW = 12;
const MOD = 13;

const F32 = 0;
const I32 = 1;

/** One vector of results; `operation` and `type` are compile-time constants, so one branch remains. */
// @ts-ignore: decorator
@inline
function apply(operation: i32, type: i32, a: v128, b: v128, c: v128): v128 {
  if (operation == WHERE) return v128.bitselect(b, c, i32x4.ne(a, i32x4.splat(0)));
  if (type == F32) {
    if (operation == ADD) return f32x4.add(a, b);
    if (operation == SUB) return f32x4.sub(a, b);
    if (operation == MUL) return f32x4.mul(a, b);
    if (operation == DIV) return f32x4.div(a, b);
    if (operation == MAXIMUM) return f32x4.max(a, b);
    if (operation == MINIMUM) return f32x4.min(a, b);
    if (operation == EQUAL) return truth(f32x4.eq(a, b));
    if (operation == NOT_EQUAL) return truth(f32x4.ne(a, b));
    if (operation == LESS) return truth(f32x4.lt(a, b));
    if (operation == LESS_EQUAL) return truth(f32x4.le(a, b));
    if (operation == POW) return pow4(a, b);
    if (operation == MOD) return mod4(a, b);
    return v128.and(b, f32x4.gt(a, f32x4.splat(0)));
  }
  if (operation == ADD) return i32x4.add(a, b);
  if (operation == SUB) return i32x4.sub(a, b);
  if (operation == MUL) return i32x4.mul(a, b);
  if (operation == MAXIMUM) return i32x4.max_s(a, b);
  if (operation == MINIMUM) return i32x4.min_s(a, b);
  if (operation == MOD) return modI32x4(a, b);
  if (operation == EQUAL) return truth(i32x4.eq(a, b));
  if (operation == NOT_EQUAL) return truth(i32x4.ne(a, b));
  if (operation == LESS) return truth(i32x4.lt_s(a, b));
  return truth(i32x4.le_s(a, b));
}

/** The rest of a / b with the sign of b. */
// @ts-ignore: decorator
@inline
function modF32(a: f32, b: f32): f32 {
  const rest = a % b;
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
}

// @ts-ignore: decorator
@inline
function mod4(a: v128, b: v128): v128 {
  let rest = f32x4.splat(modF32(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  rest = f32x4.replace_lane(rest, 1, modF32(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  rest = f32x4.replace_lane(rest, 2, modF32(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(rest, 3, modF32(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

/** 0 where b is 0: a division would trap. */
// @ts-ignore: decorator
@inline
function modI32(a: i32, b: i32): i32 {
  if (b == 0) return 0;
  const rest = a % b;
  return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
}

// @ts-ignore: decorator
@inline
function modI32x4(a: v128, b: v128): v128 {
  let rest = i32x4.splat(modI32(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
  rest = i32x4.replace_lane(rest, 1, modI32(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
  rest = i32x4.replace_lane(rest, 2, modI32(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
  return i32x4.replace_lane(rest, 3, modI32(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
}

/** A mask of all ones as the bool 1. */
// @ts-ignore: decorator
@inline
function truth(mask: v128): v128 {
  return v128.and(mask, i32x4.splat(1));
}

/** Where to read vectors of a run from: of a stretched element four copies are made at `scratch`. */
// @ts-ignore: decorator
@inline
function vectorsAt(at: usize, stride: i32, scratch: usize): usize {
  if (stride != 0) return at;
  v128.store(scratch, v128.load32_splat(at));
  return scratch;
}

/** A run along the innermost axis, with strides 0 or 1. Single elements pass through the same vector code as the rest. */
// @ts-ignore: decorator
@inline
function run(operation: i32, type: i32, a: usize, b: usize, c: usize, sa: i32, sb: i32, sc: i32, out: usize, count: i32, scratch: usize): void {
  a = vectorsAt(a, sa, scratch);
  b = vectorsAt(b, sb, scratch + 16);
  if (operation == WHERE) c = vectorsAt(c, sc, scratch + 32);
  const stepA = <usize>sa << 2;
  const stepB = <usize>sb << 2;
  const stepC = <usize>sc << 2;
  const end = out + (<usize>count << 2);
  for (; out + 16 <= end; out += 16) {
    v128.store(out, apply(operation, type, v128.load(a), v128.load(b), operation == WHERE ? v128.load(c) : i32x4.splat(0)));
    a += stepA << 2;
    b += stepB << 2;
    if (operation == WHERE) c += stepC << 2;
  }
  for (; out < end; out += 4) {
    const z = operation == WHERE ? v128.load32_splat(c) : i32x4.splat(0);
    v128.store_lane<i32>(out, apply(operation, type, v128.load32_splat(a), v128.load32_splat(b), z), 0);
    a += stepA;
    b += stepB;
    if (operation == WHERE) c += stepC;
  }
}

/** Elements [begin, end) of the output, a run along the innermost axis at a time. */
// @ts-ignore: decorator
@inline
function elementwise(operation: i32, type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const a = pointerAt(params, 0);
  const b = pointerAt(params, 1);
  const c = pointerAt(params, 2);
  const out = pointerAt(params, 3);
  const rank = sizeAt(params, 4);
  const inner = <u32>sizeAt(params, 1 + 4 * rank);
  const sa = sizeAt(params, 2 + 4 * rank);
  const sb = sizeAt(params, 3 + 4 * rank);
  const sc = sizeAt(params, 4 + 4 * rank);
  let at = begin;
  while (at < end) {
    const column = at % inner;
    let row = at / inner;
    let offsetA = column * sa;
    let offsetB = column * sb;
    let offsetC = column * sc;
    for (let axis = rank - 2; axis >= 0; axis -= 1) {
      const size = <u32>sizeAt(params, 5 + 4 * axis);
      const index = row % size;
      row /= size;
      offsetA += index * sizeAt(params, 6 + 4 * axis);
      offsetB += index * sizeAt(params, 7 + 4 * axis);
      offsetC += index * sizeAt(params, 8 + 4 * axis);
    }
    const count = min(inner - column, end - at);
    run(
      operation, type,
      a + ((<usize>offsetA) << 2), b + ((<usize>offsetB) << 2), c + ((<usize>offsetC) << 2),
      sa, sb, sc, out + ((<usize>at) << 2), count, scratch,
    );
    at += count;
  }
}

export function add_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(ADD, F32, params, begin, end, scratch);
}

export function sub_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(SUB, F32, params, begin, end, scratch);
}

export function mul_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MUL, F32, params, begin, end, scratch);
}

export function div_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(DIV, F32, params, begin, end, scratch);
}

export function maximum_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MAXIMUM, F32, params, begin, end, scratch);
}

export function minimum_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MINIMUM, F32, params, begin, end, scratch);
}

export function equal_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(EQUAL, F32, params, begin, end, scratch);
}

export function notEqual_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(NOT_EQUAL, F32, params, begin, end, scratch);
}

export function less_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS, F32, params, begin, end, scratch);
}

export function lessEqual_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS_EQUAL, F32, params, begin, end, scratch);
}

export function pow_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(POW, F32, params, begin, end, scratch);
}

export function add_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(ADD, I32, params, begin, end, scratch);
}

export function sub_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(SUB, I32, params, begin, end, scratch);
}

export function mul_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MUL, I32, params, begin, end, scratch);
}

export function maximum_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MAXIMUM, I32, params, begin, end, scratch);
}

export function minimum_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MINIMUM, I32, params, begin, end, scratch);
}

export function equal_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(EQUAL, I32, params, begin, end, scratch);
}

export function notEqual_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(NOT_EQUAL, I32, params, begin, end, scratch);
}

export function less_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS, I32, params, begin, end, scratch);
}

export function lessEqual_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS_EQUAL, I32, params, begin, end, scratch);
}

export function reluGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(RELU_GRADIENT, F32, params, begin, end, scratch);
}

export function where_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(WHERE, F32, params, begin, end, scratch);
}

export function mod_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MOD, F32, params, begin, end, scratch);
}

export function mod_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MOD, I32, params, begin, end, scratch);
}
