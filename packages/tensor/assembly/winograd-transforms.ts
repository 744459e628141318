// The transforms of F(4×4, 3×3): Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A turns a 6×6 patch d of the input and a 3×3
// kernel g into 4×4 outputs with 36 multiplications in place of 144 (Lavin and Gray, 2015; the matrices are
// Cook and Toom's for chosen points).
//
// The points are 0, ±P, ±Q and ∞ with P = 3/4, Q = 3/2. The usual ±1, ±2 lose four times as much precision
// (largest error over largest output at 128 channels: 6e-6 against 1.6e-6); with these, the coefficients of
// Bᵀ and Aᵀ are exact in binary and of similar size. Each vector holds the same element of four tiles, or of
// four kernels. The gradient with respect to the kernel is the transpose, Gᵀ [ (A dY Aᵀ) ⊙ (Bᵀ d B) ] G.

import { madd } from './simd';

export const P: f32 = 0.75;
export const Q: f32 = 1.5;
const P2: f32 = P * P;
const Q2: f32 = Q * Q;

/** The factors of G: one over the product of the distances of a point to the other finite ones. */
export const SCALE_0: f32 = 1 / (P2 * Q2);
export const SCALE_P: f32 = 1 / (2 * P2 * (P2 - Q2));
export const SCALE_Q: f32 = 1 / (2 * Q2 * (Q2 - P2));

/** Elements of a transformed tile, and of its side. */
export const ELEMENTS: usize = 36;
export const SIDE: usize = 6;
/** Outputs along the side of a tile. */
export const OUTPUTS: u32 = 4;

/**
 * Bᵀ d, stored `step` bytes apart. Row of a point x: the product of (z - y) over the other finite points y, as
 * a polynomial in z; of ∞: over all. Points ±x share the even and the odd part.
 */
// @ts-ignore: decorator
@inline
export function transformInput(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  const sum = f32x4.splat(-(P2 + Q2)), product = f32x4.splat(P2 * Q2);
  v128.store(to, madd(product, d0, madd(sum, d2, d4)));
  const evenP = madd(f32x4.splat(-Q2), d2, d4);
  const oddP = f32x4.mul(f32x4.splat(P), madd(f32x4.splat(-Q2), d1, d3));
  v128.store(to + step, f32x4.add(evenP, oddP));
  v128.store(to + 2 * step, f32x4.sub(evenP, oddP));
  const evenQ = madd(f32x4.splat(-P2), d2, d4);
  const oddQ = f32x4.mul(f32x4.splat(Q), madd(f32x4.splat(-P2), d1, d3));
  v128.store(to + 3 * step, f32x4.add(evenQ, oddQ));
  v128.store(to + 4 * step, f32x4.sub(evenQ, oddQ));
  v128.store(to + 5 * step, madd(product, d1, madd(sum, d3, d5)));
}

/**
 * G g, stored `step` bytes apart. Row of a point x: 1, x, x² over the product of (x - y) over the other finite
 * points y; of ∞: 0, 0, 1.
 */
// @ts-ignore: decorator
@inline
export function transformKernel(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  v128.store(to, kernelRow(0, g0, g1, g2));
  v128.store(to + step, kernelRow(1, g0, g1, g2));
  v128.store(to + 2 * step, kernelRow(2, g0, g1, g2));
  v128.store(to + 3 * step, kernelRow(3, g0, g1, g2));
  v128.store(to + 4 * step, kernelRow(4, g0, g1, g2));
  v128.store(to + 5 * step, kernelRow(5, g0, g1, g2));
}

/** Row `row` of G g. */
// @ts-ignore: decorator
@inline
export function kernelRow(row: i32, g0: v128, g1: v128, g2: v128): v128 {
  if (row == 0) return f32x4.mul(f32x4.splat(SCALE_0), g0);
  if (row == 5) return g2;
  const x = row < 3 ? P : Q, scale = row < 3 ? SCALE_P : SCALE_Q;
  const even = madd(f32x4.splat(scale * x * x), g2, f32x4.mul(f32x4.splat(scale), g0));
  const odd = f32x4.mul(f32x4.splat(scale * x), g1);
  return row % 2 == 1 ? f32x4.add(even, odd) : f32x4.sub(even, odd);
}

/** Row `power` of Aᵀ m: the sum of xᵖ·m(x) over the points x; ∞ enters the highest power only. */
// @ts-ignore: decorator
@inline
export function transformOutput(power: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  if (power == 0) return f32x4.add(m0, f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4)));
  if (power == 1) {
    return madd(f32x4.splat(P), f32x4.sub(m1, m2), f32x4.mul(f32x4.splat(Q), f32x4.sub(m3, m4)));
  }
  if (power == 2) {
    return madd(f32x4.splat(P2), f32x4.add(m1, m2), f32x4.mul(f32x4.splat(Q2), f32x4.add(m3, m4)));
  }
  return madd(f32x4.splat(P2 * P), f32x4.sub(m1, m2), madd(f32x4.splat(Q2 * Q), f32x4.sub(m3, m4), m5));
}

/** A y, stored `step` bytes apart: Σ yₚ·xᵖ at each point x, and y₃ at ∞. The transpose of `transformOutput`. */
// @ts-ignore: decorator
@inline
export function transformCotangent(y0: v128, y1: v128, y2: v128, y3: v128, to: usize, step: usize): void {
  v128.store(to, y0);
  const evenP = madd(f32x4.splat(P2), y2, y0);
  const oddP = f32x4.mul(f32x4.splat(P), madd(f32x4.splat(P2), y3, y1));
  v128.store(to + step, f32x4.add(evenP, oddP));
  v128.store(to + 2 * step, f32x4.sub(evenP, oddP));
  const evenQ = madd(f32x4.splat(Q2), y2, y0);
  const oddQ = f32x4.mul(f32x4.splat(Q), madd(f32x4.splat(Q2), y3, y1));
  v128.store(to + 3 * step, f32x4.add(evenQ, oddQ));
  v128.store(to + 4 * step, f32x4.sub(evenQ, oddQ));
  v128.store(to + 5 * step, y3);
}

/** Row `tap` of Gᵀ m: the transpose of `transformKernel`. */
// @ts-ignore: decorator
@inline
export function transformGradient(tap: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  if (tap == 0) {
    const pairs = madd(f32x4.splat(SCALE_P), f32x4.add(m1, m2), f32x4.mul(f32x4.splat(SCALE_Q), f32x4.add(m3, m4)));
    return madd(f32x4.splat(SCALE_0), m0, pairs);
  }
  if (tap == 1) {
    return madd(f32x4.splat(SCALE_P * P), f32x4.sub(m1, m2), f32x4.mul(f32x4.splat(SCALE_Q * Q), f32x4.sub(m3, m4)));
  }
  return madd(f32x4.splat(SCALE_P * P2), f32x4.add(m1, m2), madd(f32x4.splat(SCALE_Q * Q2), f32x4.add(m3, m4), m5));
}
