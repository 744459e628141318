// Elements picked, and combined, where an index of the same rank says.

import { offsetAlong } from './axes';
import { placeOf } from './indices';
import { pointerAt, sizeAt } from './params';

/**
 * Picks words: out[…, k, …] = x[…, index[…, k, …], …]. The index may be shorter than x along the other axes.
 *
 * Parameters: x, index, out; size and stride of x along the axis; length of a run (the innermost axis of the index) and
 * its stride in x; number of outer axes, then size and stride in x of each, outermost first. Strides are in words, and 0
 * along the axis itself. Units are words of the output.
 */
export function gather_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), indices = pointerAt(params, 1), out = pointerAt(params, 2);
  const size = sizeAt(params, 3), stride = <u32>sizeAt(params, 4);
  const run = <u32>sizeAt(params, 5), step = <u32>sizeAt(params, 6);
  const outer = sizeAt(params, 7);
  let unit = begin;
  while (unit < end) {
    const column = unit % run;
    const last = min(end, unit + run - column);
    let base = offsetAlong(params + 32, outer, unit / run) + column * step;
    for (; unit < last; unit++) {
      const at = (<usize>unit) << 2;
      const place = <u32>placeOf(load<i32>(indices + at), size);
      store<u32>(out + at, load<u32>(x + ((<usize>(base + place * stride)) << 2)));
      base += step;
    }
  }
}

const ADD_F32 = 0;
const ASSIGN = 1;
const MAX_F32 = 2;
const MIN_F32 = 3;
const MUL_F32 = 4;
const MAX_I32 = 5;
const MIN_I32 = 6;
const MUL_I32 = 7;

/**
 * Combines words with those of the output: out[…, index[…, k, …], …] and source[…, k, …], k ascending. `operation` is a
 * compile-time constant.
 *
 * Parameters: source, index, out; number of entries of the source along the axis and their stride; size and stride of
 * the output along it; length of a run (the innermost of the other axes), its stride in source and out; number of outer
 * axes, size and stride in source of each, then size and stride in out. Strides are in words.
 * Units are lines along the axis: no two of them meet in the output.
 */
// @ts-ignore: decorator
@inline
function scatter(operation: i32, params: usize, begin: u32, end: u32): void {
  const source = pointerAt(params, 0), indices = pointerAt(params, 1), out = pointerAt(params, 2);
  const count = <u32>sizeAt(params, 3), fromStride = <u32>sizeAt(params, 4);
  const size = sizeAt(params, 5), toStride = <u32>sizeAt(params, 6);
  const run = <u32>sizeAt(params, 7), fromStep = <u32>sizeAt(params, 8), toStep = <u32>sizeAt(params, 9);
  const outer = sizeAt(params, 10);
  const fromAxes = params + 44, toAxes = fromAxes + ((<usize>outer) << 3);
  let unit = begin;
  while (unit < end) {
    const column = unit % run;
    const width = min(run - column, end - unit);
    const from = offsetAlong(fromAxes, outer, unit / run) + column * fromStep;
    const to = offsetAlong(toAxes, outer, unit / run) + column * toStep;
    // Along whatever is denser in memory; a line is walked in order either way.
    if (fromStride <= fromStep) {
      for (let i: u32 = 0; i < width; i++) {
        for (let k: u32 = 0; k < count; k++) {
          putWord(operation, source, indices, out, from + i * fromStep + k * fromStride, to + i * toStep, size, toStride);
        }
      }
    } else {
      for (let k: u32 = 0; k < count; k++) {
        for (let i: u32 = 0; i < width; i++) {
          putWord(operation, source, indices, out, from + i * fromStep + k * fromStride, to + i * toStep, size, toStride);
        }
      }
    }
    unit += width;
  }
}

/** Combines one word with that of a line that starts at `line` in the output. */
// @ts-ignore: decorator
@inline
function putWord(operation: i32, source: usize, indices: usize, out: usize, at: u32, line: u32, size: i32, stride: u32): void {
  const from = (<usize>at) << 2;
  const place = <u32>placeOf(load<i32>(indices + from), size);
  const to = out + ((<usize>(line + place * stride)) << 2);
  if (operation == ADD_F32) store<f32>(to, load<f32>(to) + load<f32>(source + from));
  else if (operation == ASSIGN) store<u32>(to, load<u32>(source + from));
  else if (operation == MAX_F32) store<f32>(to, max(load<f32>(to), load<f32>(source + from)));
  else if (operation == MIN_F32) store<f32>(to, min(load<f32>(to), load<f32>(source + from)));
  else if (operation == MUL_F32) store<f32>(to, load<f32>(to) * load<f32>(source + from));
  else if (operation == MAX_I32) store<i32>(to, max(load<i32>(to), load<i32>(source + from)));
  else if (operation == MIN_I32) store<i32>(to, min(load<i32>(to), load<i32>(source + from)));
  else store<i32>(to, load<i32>(to) * load<i32>(source + from));
}

export function scatter_add(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatter(ADD_F32, params, begin, end);
}

/** As `scatter`, for the rarer operations, of which one is chosen at each element: a copy for each would make every page larger. */
function scatterRarely(operation: i32, params: usize, begin: u32, end: u32): void {
  const source = pointerAt(params, 0), indices = pointerAt(params, 1), out = pointerAt(params, 2);
  const count = <u32>sizeAt(params, 3), fromStride = <u32>sizeAt(params, 4);
  const size = sizeAt(params, 5), toStride = <u32>sizeAt(params, 6);
  const run = <u32>sizeAt(params, 7), fromStep = <u32>sizeAt(params, 8), toStep = <u32>sizeAt(params, 9);
  const outer = sizeAt(params, 10);
  const fromAxes = params + 44, toAxes = fromAxes + ((<usize>outer) << 3);
  for (let unit = begin; unit < end; unit++) {
    const column = unit % run;
    const from = offsetAlong(fromAxes, outer, unit / run) + column * fromStep;
    const to = offsetAlong(toAxes, outer, unit / run) + column * toStep;
    for (let k: u32 = 0; k < count; k++) putWord(operation, source, indices, out, from + k * fromStride, to, size, toStride);
  }
}

export function scatter_assign_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(ASSIGN, params, begin, end);
}

export function scatter_max_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MAX_F32, params, begin, end);
}

export function scatter_min_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MIN_F32, params, begin, end);
}

export function scatter_mul_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MUL_F32, params, begin, end);
}

export function scatter_max_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MAX_I32, params, begin, end);
}

export function scatter_min_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MIN_I32, params, begin, end);
}

export function scatter_mul_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  scatterRarely(MUL_I32, params, begin, end);
}
