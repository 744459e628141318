// What an optimiser does to the elements of a parameter, in one pass each.
//
// No multiplication is fused with an addition: both builds give the bits that the single operations would.
// Units are elements; the last vector may run into the padding.

import { floatAt, pointerAt } from './params';

/** out = keep · m + rest · x, or of x². Parameters: m, x, out, keep, rest. */
// @ts-ignore: decorator
@inline
function movingAverage(squares: bool, params: usize, begin: u32, end: u32): void {
  const average = pointerAt(params, 0), x = pointerAt(params, 1), out = pointerAt(params, 2);
  const keep = f32x4.splat(floatAt(params, 3)), rest = f32x4.splat(floatAt(params, 4));
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    const value = v128.load(x + at);
    const term = squares ? f32x4.mul(value, value) : value;
    v128.store(out + at, f32x4.add(f32x4.mul(v128.load(average + at), keep), f32x4.mul(term, rest)));
  }
}

export function movingAverage_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  movingAverage(false, params, begin, end);
}

export function movingAverageOfSquares_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  movingAverage(true, params, begin, end);
}

/** out = keep · θ − rate · m / (√v + eps). Parameters: θ, m, v, out, keep, rate, eps. */
export function adamStep_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const value = pointerAt(params, 0), mean = pointerAt(params, 1), meanSquare = pointerAt(params, 2);
  const out = pointerAt(params, 3);
  const keep = f32x4.splat(floatAt(params, 4)), rate = f32x4.splat(floatAt(params, 5)), eps = f32x4.splat(floatAt(params, 6));
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2;
    const direction = f32x4.div(v128.load(mean + at), f32x4.add(f32x4.sqrt(v128.load(meanSquare + at)), eps));
    v128.store(out + at, f32x4.sub(f32x4.mul(v128.load(value + at), keep), f32x4.mul(direction, rate)));
  }
}
