// Functions of four float32 that need float64 on the way. They are large, and called instead of inlined.

import { highHalf, narrow } from './simd';

const LN2: f64 = 0.6931471805599453;
const LOG2_E: f64 = 1.4426950408889634;
const HALF_PI: f64 = 1.5707963267948966;
const TWO_OVER_PI: f64 = 0.6366197723675814;

/** The first 174 bits of 2/π, in parts of 29: their products with a float32 are exact. */
const PART_0: f64 = 0.636619770899415;
const PART_1: f64 = 1.4681663246252086e-9;
const PART_2: f64 = 2.2760100671971816e-18;
const PART_3: f64 = 5.8812147387730434e-27;
const PART_4: f64 = 1.0346868700836215e-35;
const PART_5: f64 = 3.783256351091319e-45;

/** From here on, in magnitude, the product with 2/π in float64 would not be exact enough. */
const LARGE: f64 = 65536;

// @ts-ignore: decorator
@inline
function constant(x: f64): v128 {
  return f64x2.splat(x);
}

// @ts-ignore: decorator
@inline
function step(p: v128, x: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(p, x), constant(coefficient));
}

/**
 * log₂ x = e + log₂ m of two float64 from 0 up, x = 2ᵉ m, √½ ≤ m < √2, by
 * ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (m - 1) / (m + 1). No numbers below 2⁻¹⁰²² but 0.
 */
// @ts-ignore: decorator
@inline
function log2(x: v128): v128 {
  const above = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const exponent = i64x2.shr_s(above, 52);
  const e = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));
  const m = i64x2.add(v128.and(above, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
  const s = f64x2.div(f64x2.sub(m, constant(1)), f64x2.add(m, constant(1)));
  const q = f64x2.mul(s, s);
  let p = step(constant(1.0 / 13), q, 1.0 / 11);
  p = step(p, q, 1.0 / 9);
  p = step(p, q, 1.0 / 7);
  p = step(p, q, 1.0 / 5);
  p = step(p, q, 1.0 / 3);
  p = step(p, q, 1);
  const known = f64x2.add(e, f64x2.mul(f64x2.mul(p, s), constant(2 * LOG2_E)));
  // Infinity and NaN stay.
  const result = v128.bitselect(known, x, f64x2.lt(x, constant(Infinity)));
  return v128.bitselect(constant(-Infinity), result, f64x2.eq(x, constant(0)));
}

/** 2ˣ = 2ⁿ e^(f ln 2) of two float64, with |f| ≤ ½. 0 below -1022.5, Infinity from 1023.5 on. */
// @ts-ignore: decorator
@inline
function exp2(x: v128): v128 {
  const bounded = f64x2.min(f64x2.max(x, constant(-1023)), constant(1024));
  const n = f64x2.nearest(bounded);
  const r = f64x2.mul(f64x2.sub(bounded, n), constant(LN2));
  let p = step(constant(1.0 / 40320), r, 1.0 / 5040);
  p = step(p, r, 1.0 / 720);
  p = step(p, r, 1.0 / 120);
  p = step(p, r, 1.0 / 24);
  p = step(p, r, 1.0 / 6);
  p = step(p, r, 0.5);
  p = step(p, r, 1);
  p = step(p, r, 1);
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  return f64x2.mul(p, i64x2.shl(i64x2.add(whole, i64x2.splat(1023)), 52));
}

/** xʸ of two float64 each, x from 0 up: to about 1e-9, but for 0⁰ and 1 to an infinite power, which are NaN. */
export function power2(x: v128, y: v128): v128 {
  return exp2(f64x2.mul(y, log2(x)));
}

/** xʸ, as C's pow. */
export function pow4(x: v128, y: v128): v128 {
  const one = f32x4.splat(1), infinity = f32x4.splat(Infinity), zero = f32x4.splat(0);
  const size = f32x4.abs(x);
  const magnitude = narrow(
    power2(f64x2.promote_low_f32x4(size), f64x2.promote_low_f32x4(y)),
    power2(f64x2.promote_low_f32x4(highHalf(size)), f64x2.promote_low_f32x4(highHalf(y))),
  );
  // An odd power keeps the sign, of zero too. What is below 0, and finite, has whole powers only.
  const half = f32x4.mul(y, f32x4.splat(0.5));
  const isWhole = f32x4.eq(f32x4.trunc(y), y);
  const isOdd = v128.and(isWhole, f32x4.ne(f32x4.trunc(half), half));
  const signed = v128.xor(magnitude, v128.and(v128.and(x, isOdd), i32x4.splat(0x80000000)));
  const hasNone = v128.andnot(v128.and(f32x4.lt(x, zero), f32x4.lt(size, infinity)), isWhole);
  const result = v128.bitselect(f32x4.splat(NaN), signed, hasNone);
  const isPowerOfOne = v128.or(f32x4.eq(x, one), v128.and(f32x4.eq(size, one), f32x4.eq(f32x4.abs(y), infinity)));
  return v128.bitselect(one, result, v128.or(f32x4.eq(y, zero), isPowerOfOne));
}

/** p modulo 4. It is exact, as a float64 is whole from 2⁵² on, and a multiple of 4 from 2⁵⁵ on. */
// @ts-ignore: decorator
@inline
function modulo4(p: v128): v128 {
  return f64x2.sub(p, f64x2.mul(f64x2.floor(f64x2.mul(p, constant(0.25))), constant(4)));
}

// @ts-ignore: decorator
@inline
function addPart(total: v128, x: v128, part: f64): v128 {
  return f64x2.add(total, modulo4(f64x2.mul(x, constant(part))));
}

/** Two float32, as float64, in quarters of a turn: x · 2/π, less whole turns where x is large. */
// @ts-ignore: decorator
@inline
function quarters(x: v128): v128 {
  const direct = f64x2.mul(x, constant(TWO_OVER_PI));
  const isLarge = f64x2.ge(f64x2.abs(x), constant(LARGE));
  if (!v128.any_true(isLarge)) return direct;
  let total = addPart(constant(0), x, PART_0);
  total = addPart(total, x, PART_1);
  total = addPart(total, x, PART_2);
  total = addPart(total, x, PART_3);
  total = addPart(total, x, PART_4);
  total = addPart(total, x, PART_5);
  return v128.bitselect(total, direct, isLarge);
}

/** sin(x + shift · π/2), within 1e-7 for every float32; NaN of infinities. (Polynomials: Cephes.) */
export function sine4(x: v128, shift: i32): v128 {
  const low = quarters(f64x2.promote_low_f32x4(x)), high = quarters(f64x2.promote_low_f32x4(highHalf(x)));
  const lowWhole = f64x2.nearest(low), highWhole = f64x2.nearest(high);
  const quadrant = i32x4.add(
    v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(lowWhole), i32x4.trunc_sat_f64x2_s_zero(highWhole), 0, 2),
    i32x4.splat(shift),
  );
  const angle = narrow(
    f64x2.mul(f64x2.sub(low, lowWhole), constant(HALF_PI)),
    f64x2.mul(f64x2.sub(high, highWhole), constant(HALF_PI)),
  );
  const q = f32x4.mul(angle, angle);
  let sine = f32x4.add(f32x4.mul(f32x4.splat(-1.9515295891e-4), q), f32x4.splat(8.3321608736e-3));
  sine = f32x4.add(f32x4.mul(sine, q), f32x4.splat(-1.6666654611e-1));
  sine = f32x4.add(f32x4.mul(f32x4.mul(sine, q), angle), angle);
  let cosine = f32x4.add(f32x4.mul(f32x4.splat(2.443315711809948e-5), q), f32x4.splat(-1.388731625493765e-3));
  cosine = f32x4.add(f32x4.mul(cosine, q), f32x4.splat(4.166664568298827e-2));
  cosine = f32x4.add(f32x4.sub(f32x4.mul(f32x4.mul(cosine, q), q), f32x4.mul(q, f32x4.splat(0.5))), f32x4.splat(1));
  const isCosine = i32x4.ne(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(0));
  const isNegative = i32x4.shl(v128.and(quadrant, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(cosine, sine, isCosine), isNegative);
}
