// What the kernels of normalisation compute with: float64 in pairs, and the numbers of a group.

/** The upper two lanes, twice. */
// @ts-ignore: decorator
@inline
export function highHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

/** Two vectors of float64 as one of float32. */
// @ts-ignore: decorator
@inline
export function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** The sum of two float64. */
// @ts-ignore: decorator
@inline
export function lanesOf(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** 1 / √(variance + eps); rounding must not make the variance negative. */
// @ts-ignore: decorator
@inline
export function inverseDeviation(mean: f64, meanOfSquares: f64, eps: f64): f64 {
  return 1 / sqrt(max(meanOfSquares - mean * mean, 0) + eps);
}

/** Element `i` of a float32 vector, or `otherwise` where there is none. */
// @ts-ignore: decorator
@inline
export function elementOr(vector: usize, i: u32, otherwise: f64): f64 {
  return vector == 0 ? otherwise : <f64>load<f32>(vector + (<usize>i << 2));
}
