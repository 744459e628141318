// Elementwise operations of two or three inputs with broadcasting.
//
// Parameters: a, b, c, out (addresses; c is unused by two inputs), rank, then for each axis, outermost first:
// size, stride of a, of b, of c, in elements. The innermost strides are 0 or 1: the host merges axes.
// Units are elements of the output.

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
    return v128.and(b, f32x4.gt(a, f32x4.splat(0)));
  }
  if (operation == ADD) return i32x4.add(a, b);
  if (operation == SUB) return i32x4.sub(a, b);
  if (operation == MUL) return i32x4.mul(a, b);
  if (operation == MAXIMUM) return i32x4.max_s(a, b);
  if (operation == MINIMUM) return i32x4.min_s(a, b);
  if (operation == EQUAL) return truth(i32x4.eq(a, b));
  if (operation == NOT_EQUAL) return truth(i32x4.ne(a, b));
  if (operation == LESS) return truth(i32x4.lt_s(a, b));
  return truth(i32x4.le_s(a, b));
}

/** A mask of all ones as the bool 1. */
// @ts-ignore: decorator
@inline
function truth(mask: v128): v128 {
  return v128.and(mask, i32x4.splat(1));
}

/** Four elements from `at`, or one of them four times where the stride is 0. */
// @ts-ignore: decorator
@inline
function vector(at: usize, stride: i32): v128 {
  return stride == 0 ? v128.load32_splat(at) : v128.load(at);
}

/** A run along the innermost axis. Single elements pass through the same vector code as the rest. */
// @ts-ignore: decorator
@inline
function run(operation: i32, type: i32, a: usize, b: usize, c: usize, sa: i32, sb: i32, sc: i32, out: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = vector(a + ((<usize>(i * sa)) << 2), sa);
    const y = vector(b + ((<usize>(i * sb)) << 2), sb);
    const z = operation == WHERE ? vector(c + ((<usize>(i * sc)) << 2), sc) : x;
    v128.store(out + ((<usize>i) << 2), apply(operation, type, x, y, z));
  }
  for (; i < count; i += 1) {
    const x = v128.load32_splat(a + ((<usize>(i * sa)) << 2));
    const y = v128.load32_splat(b + ((<usize>(i * sb)) << 2));
    const z = operation == WHERE ? v128.load32_splat(c + ((<usize>(i * sc)) << 2)) : x;
    v128.store_lane<i32>(out + ((<usize>i) << 2), apply(operation, type, x, y, z), 0);
  }
}

/** Elements [begin, end) of the output, a run along the innermost axis at a time. */
// @ts-ignore: decorator
@inline
function elementwise(operation: i32, type: i32, params: usize, begin: u32, end: u32): void {
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
      sa, sb, sc, out + ((<usize>at) << 2), count,
    );
    at += count;
  }
}

export function add_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(ADD, F32, params, begin, end);
}

export function sub_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(SUB, F32, params, begin, end);
}

export function mul_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MUL, F32, params, begin, end);
}

export function div_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(DIV, F32, params, begin, end);
}

export function maximum_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MAXIMUM, F32, params, begin, end);
}

export function minimum_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MINIMUM, F32, params, begin, end);
}

export function equal_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(EQUAL, F32, params, begin, end);
}

export function notEqual_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(NOT_EQUAL, F32, params, begin, end);
}

export function less_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS, F32, params, begin, end);
}

export function lessEqual_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS_EQUAL, F32, params, begin, end);
}

export function add_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(ADD, I32, params, begin, end);
}

export function sub_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(SUB, I32, params, begin, end);
}

export function mul_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MUL, I32, params, begin, end);
}

export function maximum_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MAXIMUM, I32, params, begin, end);
}

export function minimum_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(MINIMUM, I32, params, begin, end);
}

export function equal_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(EQUAL, I32, params, begin, end);
}

export function notEqual_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(NOT_EQUAL, I32, params, begin, end);
}

export function less_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS, I32, params, begin, end);
}

export function lessEqual_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(LESS_EQUAL, I32, params, begin, end);
}

export function reluGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(RELU_GRADIENT, F32, params, begin, end);
}

export function where_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  elementwise(WHERE, F32, params, begin, end);
}
