// Transcendental functions of four float32 at a time, within about 2 units in the last place.
//
// The reductions of arguments and most coefficients are those of the Cephes library (Moshier, single precision).

import { madd } from './simd';

const LOG2_E: f32 = 1.44269504088896341;
/** ln 2 in two parts, of which small multiples of the first are exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

// @ts-ignore: decorator
@inline
function constant(x: f32): v128 {
  return f32x4.splat(x);
}

/** 2ⁿ for whole numbers -126 ≤ n ≤ 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * eˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2. 0 below -104, Infinity above 88.7.
 * 2ⁿ is applied in two factors, as results near the ends of the range need n beyond what one factor can be.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.min(f32x4.max(x, constant(-104)), constant(89));
  const n = f32x4.nearest(f32x4.mul(bounded, constant(LOG2_E)));
  const r = madd(n, constant(-LN2_LOW), madd(n, constant(-LN2_HIGH), bounded));
  let p = madd(constant(1.9875691500e-4), r, constant(1.3981999507e-3));
  p = madd(p, r, constant(8.3334519073e-3));
  p = madd(p, r, constant(4.1665795894e-2));
  p = madd(p, r, constant(1.6666665459e-1));
  p = madd(p, r, constant(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), constant(1));
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** ln x = e ln 2 + ln m with x = 2ᵉ m, √½ ≤ m < √2. -Infinity of 0, NaN below. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // Numbers below 2⁻¹²⁶ have no exponent of their own.
  const isTiny = f32x4.lt(x, constant(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, constant(8388608)), x, isTiny);
  const lifted = v128.and(isTiny, i32x4.splat(23));
  // The exponent that leaves a mantissa from √½ on.
  const above = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(above, 23), lifted));
  const m = i32x4.add(v128.and(above, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const t = f32x4.sub(m, constant(1));
  const t2 = f32x4.mul(t, t);
  let p = madd(constant(7.0376836292e-2), t, constant(-1.1514610310e-1));
  p = madd(p, t, constant(1.1676998740e-1));
  p = madd(p, t, constant(-1.2420140846e-1));
  p = madd(p, t, constant(1.4249322787e-1));
  p = madd(p, t, constant(-1.6668057665e-1));
  p = madd(p, t, constant(2.0000714765e-1));
  p = madd(p, t, constant(-2.4999993993e-1));
  p = madd(p, t, constant(3.3333331174e-1));
  const tail = madd(e, constant(LN2_LOW), f32x4.mul(f32x4.mul(p, t), t2));
  const small = f32x4.add(t, madd(t2, constant(-0.5), tail));
  const result = madd(e, constant(LN2_HIGH), small);
  // ln 0 = -Infinity, ln ∞ = ∞, and NaN of NaN (by the sum) and of what is below 0.
  const finite = v128.bitselect(f32x4.add(x, x), result, f32x4.ne(f32x4.sub(x, x), constant(0)));
  const known = v128.bitselect(constant(-Infinity), finite, f32x4.eq(x, constant(0)));
  return v128.bitselect(constant(NaN), known, f32x4.lt(x, constant(0)));
}

/** 1 / (1 + e⁻ˣ), by a power that cannot overflow. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const power = exp4(f32x4.neg(f32x4.abs(x)));
  const one = constant(1);
  const isNegative = f32x4.lt(x, constant(0));
  return f32x4.div(v128.bitselect(power, one, isNegative), f32x4.add(one, power));
}

/** tanh x: an odd polynomial near 0, where the formula would cancel, elsewhere 1 - 2 / (e^2|x| + 1) with x's sign. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const one = constant(1);
  const far = f32x4.sub(one, f32x4.div(constant(2), f32x4.add(exp4(f32x4.add(size, size)), one)));
  const s = f32x4.mul(x, x);
  let p = madd(constant(-5.70498872745e-3), s, constant(2.06390887954e-2));
  p = madd(p, s, constant(-5.37397155531e-2));
  p = madd(p, s, constant(1.33314422036e-1));
  p = madd(p, s, constant(-3.33332819422e-1));
  const near = madd(f32x4.mul(p, s), x, x);
  const signBit = i32x4.splat(0x80000000);
  const signed = v128.bitselect(x, far, signBit);
  return v128.bitselect(near, signed, f32x4.lt(size, constant(0.625)));
}

/** ln(1 + x): what rounding takes from 1 + x is given back to the logarithm, to first order, which is enough. */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const one = constant(1);
  const sum = f32x4.add(one, x);
  const lost = f32x4.sub(x, f32x4.sub(sum, one));
  const logarithm = log4(sum);
  // An infinite logarithm has nothing to be given back.
  const isFinite = f32x4.lt(f32x4.abs(logarithm), constant(Infinity));
  return v128.bitselect(f32x4.add(logarithm, f32x4.div(lost, sum)), logarithm, isFinite);
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|) */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  return f32x4.add(f32x4.max(x, constant(0)), log1p4(exp4(f32x4.neg(f32x4.abs(x)))));
}

/**
 * erf x: up to 0.93 an odd polynomial, beyond 1 - eᵖ with a polynomial p of |x|, which leaves float32 nothing beside 1
 * from 4 on. (Coefficients: Norbert Juffa's erff.)
 */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const t = f32x4.min(f32x4.abs(x), constant(4));
  const s = f32x4.mul(t, t);
  let p = madd(constant(-1.72853470e-5), t, constant(3.83197126e-4));
  p = madd(p, s, madd(constant(-3.88396438e-3), t, constant(2.42546219e-2)));
  p = madd(p, t, constant(-1.06777877e-1));
  p = madd(p, t, constant(-6.34846687e-1));
  p = madd(p, t, constant(-1.28717512e-1));
  const far = f32x4.sub(constant(1), exp4(f32x4.sub(f32x4.mul(p, t), t)));
  let q = madd(constant(-5.96761703e-4), s, constant(4.99119423e-3));
  q = madd(q, s, constant(-2.67681349e-2));
  q = madd(q, s, constant(1.12819925e-1));
  q = madd(q, s, constant(-3.76125336e-1));
  q = madd(q, s, constant(1.28379166e-1));
  const signed = v128.bitselect(x, far, i32x4.splat(0x80000000));
  return v128.bitselect(madd(q, x, x), signed, f32x4.lt(t, constant(0.927734375)));
}
