// Running sums along one axis of a tensor.
//
// The tensor is a view of [outer, size, inner] elements; a walk goes along the middle axis. Parameters: x, out (the
// addresses where the first walk starts), size, then in bytes the step of a walk (negative if it goes backwards) and
// the step from one outer index to the next, and inner, the number of walks that start side by side.
// Units are walks. Totals are float64, so that long walks do not drift.

import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';

// @ts-ignore: decorator
@inline
function walkOne(from: usize, to: usize, size: i32, step: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < size; i++) {
    total += load<f32>(from);
    store<f32>(to, <f32>total);
    from += step;
    to += step;
  }
}

/** Four walks side by side; each adds the same numbers in the same order as on its own. */
// @ts-ignore: decorator
@inline
function walkFour(from: usize, to: usize, size: i32, step: usize): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i = 0; i < size; i++) {
    const four = v128.load(from);
    low = f64x2.add(low, f64x2.promote_low_f32x4(four));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)));
    v128.store(to, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
    from += step;
    to += step;
  }
}

export function cumulative_sum(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const size = sizeAt(params, 2);
  const step = pointerAt(params, 3);
  const outerStep = pointerAt(params, 4);
  const inner = <u32>sizeAt(params, 5);
  let walk = begin;
  while (walk < end) {
    const column = walk % inner;
    const start = (walk / inner) * outerStep + ((<usize>column) << 2);
    if (min(inner - column, end - walk) >= 4) {
      walkFour(x + start, out + start, size, step);
      walk += 4;
    } else {
      walkOne(x + start, out + start, size, step);
      walk += 1;
    }
  }
}
