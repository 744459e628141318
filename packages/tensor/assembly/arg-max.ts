// Positions of largest or smallest elements over some axes of a tensor, the first of equal ones; the first NaN beats all.
//
// Parameters and units as in reduce.ts, without parts. A position is counted over the reduced axes alone.

import { offsetAlong } from './axes';
import { pointerAt, sizeAt } from './params';

const MAX = 0;
const MIN = 1;

const F32 = 0;
const I32 = 1;

const BLOCK: u32 = 4096;

/** Where `x` beats `best`, which came before it. */
// @ts-ignore: decorator
@inline
function beats4(extreme: i32, type: i32, x: v128, best: v128): v128 {
  if (type == I32) return extreme == MAX ? i32x4.gt_s(x, best) : i32x4.lt_s(x, best);
  return v128.or(extreme == MAX ? f32x4.gt(x, best) : f32x4.lt(x, best), v128.and(f32x4.ne(x, x), f32x4.eq(best, best)));
}

// @ts-ignore: decorator
@inline
function element(type: i32, at: usize): f64 {
  return type == F32 ? <f64>load<f32>(at) : <f64>load<i32>(at);
}

/** Whether `x` beats `best`; of two NaN, as of equals, neither does. */
// @ts-ignore: decorator
@inline
function beats(extreme: i32, x: f64, best: f64): bool {
  return (extreme == MAX ? x > best : x < best) || (x != x && best == best);
}

// @ts-ignore: decorator
@inline
function rows(extreme: i32, type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const runLength = <u32>sizeAt(params, 8);
  const combinations = <u32>sizeAt(params, 11);
  const keptCount = sizeAt(params, 14);
  const reducedCount = sizeAt(params, 15);
  const kept = params + 64;
  const reduced = kept + (<usize>keptCount << 3);
  for (let unit = begin; unit < end; unit += 1) {
    const base = x + (<usize>offsetAlong(kept, keptCount, unit) << 2);
    let best = element(type, base);
    let position: u32 = 0;
    for (let i: u32 = 0; i < combinations; i += 1) {
      const at = base + (<usize>offsetAlong(reduced, reducedCount, i) << 2);
      let column: u32 = 0;
      if (runLength >= 8) {
        // Four searches side by side; of their winners the best, and of equals the first, is the run's.
        let lanes = v128.load(at);
        let places = i32x4(0, 1, 2, 3);
        let here = places;
        for (column = 4; column + 4 <= runLength; column += 4) {
          here = i32x4.add(here, i32x4.splat(4));
          const next = v128.load(at + (<usize>column << 2));
          const isBetter = beats4(extreme, type, next, lanes);
          lanes = v128.bitselect(next, lanes, isBetter);
          places = v128.bitselect(here, places, isBetter);
        }
        v128.store(scratch, lanes);
        v128.store(scratch, places, 16);
        for (let lane: usize = 0; lane < 16; lane += 4) {
          const candidate = element(type, scratch + lane);
          const place = i * runLength + load<u32>(scratch + lane, 16);
          if (beats(extreme, candidate, best) || (place < position && !beats(extreme, best, candidate))) {
            best = candidate;
            position = place;
          }
        }
      }
      for (; column < runLength; column += 1) {
        const candidate = element(type, at + (<usize>column << 2));
        if (beats(extreme, candidate, best)) {
          best = candidate;
          position = i * runLength + column;
        }
      }
    }
    store<u32>(out + (<usize>unit << 2), position);
  }
}

/** `scratch` holds a block's best elements so far, then their positions. */
// @ts-ignore: decorator
@inline
function columns(extreme: i32, type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const runLength = <u32>sizeAt(params, 8);
  const combinations = <u32>sizeAt(params, 11);
  const keptCount = sizeAt(params, 14);
  const reducedCount = sizeAt(params, 15);
  const kept = params + 64;
  const reduced = kept + (<usize>keptCount << 3);
  const places = scratch + (<usize>BLOCK << 2);
  const blocks = (runLength + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit += 1) {
    const column = (unit % blocks) * BLOCK;
    const count = min(runLength - column, BLOCK);
    const row = unit / blocks;
    const base = x + (<usize>(offsetAlong(kept, keptCount, row) + column) << 2);
    memory.copy(scratch, base, <usize>count << 2);
    memory.fill(places, 0, <usize>count << 2);
    for (let i: u32 = 1; i < combinations; i += 1) {
      const at = base + (<usize>offsetAlong(reduced, reducedCount, i) << 2);
      let c: usize = 0;
      const bytes = <usize>count << 2;
      for (; c + 16 <= bytes; c += 16) {
        const next = v128.load(at + c);
        const best = v128.load(scratch + c);
        const isBetter = beats4(extreme, type, next, best);
        v128.store(scratch + c, v128.bitselect(next, best, isBetter));
        v128.store(places + c, v128.bitselect(i32x4.splat(i), v128.load(places + c), isBetter));
      }
      for (; c < bytes; c += 4) {
        if (beats(extreme, element(type, at + c), element(type, scratch + c))) {
          store<u32>(scratch + c, load<u32>(at + c));
          store<u32>(places + c, i);
        }
      }
    }
    memory.copy(out + ((<usize>row * runLength + column) << 2), places, <usize>count << 2);
  }
}

export function argMaxRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MAX, F32, params, begin, end, scratch);
}

export function argMaxColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MAX, F32, params, begin, end, scratch);
}

export function argMaxRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MAX, I32, params, begin, end, scratch);
}

export function argMaxColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MAX, I32, params, begin, end, scratch);
}

export function argMinRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MIN, F32, params, begin, end, scratch);
}

export function argMinColumns_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MIN, F32, params, begin, end, scratch);
}

export function argMinRows_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  rows(MIN, I32, params, begin, end, scratch);
}

export function argMinColumns_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  columns(MIN, I32, params, begin, end, scratch);
}
