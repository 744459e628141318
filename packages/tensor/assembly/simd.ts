// What every vector kernel needs: fused multiply-add where there is one, and 4×4 transposition.

/** a·b + c, rounded once in the relaxed build and twice in the baseline. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four lanes, pairwise. */
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128): f32 {
  const pairs = f32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Stores the columns of the 4×4 matrix with the rows a, b, c, d, `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to + step, v128.shuffle<i64>(ab, cd, 1, 3));
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to + 2 * step, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** Whether four indices follow each other. */
// @ts-ignore: decorator
@inline
export function areConsecutive(indices: v128): bool {
  const first = i32x4.splat(i32x4.extract_lane(indices, 0));
  return v128.all_true<i32>(i32x4.eq(indices, i32x4.add(first, i32x4(0, 1, 2, 3))));
}

/** Both halves of the result are the high one of x. */
// @ts-ignore: decorator
@inline
export function highHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

/** The lanes of two vectors of two float64 as one of four float32. */
// @ts-ignore: decorator
@inline
export function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Loads the first `count` lanes, or all four; the others are 0, and what lies there is not read. */
// @ts-ignore: decorator
@inline
export function loadLanes(at: usize, count: u32): v128 {
  if (count >= 4) return v128.load(at);
  if (count == 1) return v128.load32_zero(at);
  const x = v128.load64_zero(at);
  return count == 2 ? x : v128.load_lane<i32>(at + 8, x, 2);
}

/** Stores the first `count` lanes, or all four. */
// @ts-ignore: decorator
@inline
export function storeLanes(at: usize, x: v128, count: u32): void {
  if (count >= 4) {
    v128.store(at, x);
    return;
  }
  v128.store_lane<f32>(at, x, 0);
  if (count > 1) v128.store_lane<f32>(at, x, 1, 4);
  if (count > 2) v128.store_lane<f32>(at, x, 2, 8);
}
