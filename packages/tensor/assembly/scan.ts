// Running sums along one axis, from the first element to the last or the other way, in float64 or int32.
//
// Parameters: x, out, size of the axis, number of elements behind each index of it, whether sums run from the end.
// `Rows` kernels serve the innermost axis, their units are rows. `Columns` kernels serve the others, their units are
// blocks of up to 64 neighbouring columns, whose totals are in `scratch`.

import { pointerAt, sizeAt } from './params';
import { highHalf, narrow, storeLanes } from './simd';

const F32 = 0;
const I32 = 1;

const BLOCK: u32 = 64;

// @ts-ignore: decorator
@inline
function rows(type: i32, params: usize, begin: u32, end: u32): void {
  const size = <u32>sizeAt(params, 2);
  const isReversed = sizeAt(params, 4) != 0;
  const step: usize = isReversed ? -4 : 4;
  for (let row = begin; row < end; row += 1) {
    let at = (<usize>row * <usize>size + (isReversed ? <usize>size - 1 : 0)) << 2;
    let total: f64 = 0;
    let whole: i32 = 0;
    for (let i: u32 = 0; i < size; i += 1) {
      if (type == F32) {
        total += <f64>load<f32>(pointerAt(params, 0) + at);
        store<f32>(pointerAt(params, 1) + at, <f32>total);
      } else {
        whole += load<i32>(pointerAt(params, 0) + at);
        store<i32>(pointerAt(params, 1) + at, whole);
      }
      at += step;
    }
  }
}

// @ts-ignore: decorator
@inline
function columns(type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const size = <u32>sizeAt(params, 2);
  const inner = <u32>sizeAt(params, 3);
  const isReversed = sizeAt(params, 4) != 0;
  const blocks = (inner + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit += 1) {
    const column = (unit % blocks) * BLOCK;
    const count = min(inner - column, BLOCK);
    const start = (<usize>(unit / blocks) * <usize>size * <usize>inner + <usize>column) << 2;
    memory.fill(scratch, 0, <usize>BLOCK << 3);
    for (let i: u32 = 0; i < size; i += 1) {
      const index = isReversed ? size - 1 - i : i;
      const offset = start + ((<usize>index * <usize>inner) << 2);
      const x = pointerAt(params, 0) + offset;
      const out = pointerAt(params, 1) + offset;
      // What is behind the last column is read, and its totals are never stored.
      for (let c: u32 = 0; c < count; c += 4) {
        const values = v128.load(x + (<usize>c << 2));
        const to = scratch + (<usize>c << 3);
        if (type == F32) {
          const low = f64x2.add(v128.load(to), f64x2.promote_low_f32x4(values));
          const high = f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(highHalf(values)));
          v128.store(to, low);
          v128.store(to, high, 16);
          storeLanes(out + (<usize>c << 2), narrow(low, high), count - c);
        } else {
          const total = i32x4.add(v128.load(to), values);
          v128.store(to, total);
          storeLanes(out + (<usize>c << 2), total, count - c);
        }
      }
    }
  }
}

export function cumsumRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(F32, params, begin, end);
}

export function cumsumColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(F32, params, begin, end, scratch);
}

export function cumsumRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(I32, params, begin, end);
}

export function cumsumColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(I32, params, begin, end, scratch);
}
