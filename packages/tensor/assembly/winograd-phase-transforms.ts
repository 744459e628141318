// The transforms of a 3×3 convolution with stride 2. Along one axis, output p sees the inputs d with
//
//   y[p] = (w₀·d[2p] + w₂·d[2p+2]) + w₁·d[2p+1]:
//
// two taps on the even inputs, which Winograd's F(4, 2) computes with 5 multiplications for 4 outputs, and one tap on
// the odd ones, with 4. The transformed patch of 9 inputs has these 5 and 4 elements, the transformed kernel 5 and
// one: the four elements of the odd phase share it. Over two axes that is 9×9 products in place of 144, with 6×6
// different weights.
//
// The points of F(4, 2) are ±P, ±Q and ∞ with P = 1/2, Q = 9/8; largest error over largest output at 64 channels:
// 8e-7. The equations of the matrices are in winograd-transforms.ts.

import { madd } from './simd';

const P: f32 = 0.5;
const Q: f32 = 1.125;
const P2: f32 = P * P;
const Q2: f32 = Q * Q;

/** The factors of G at P and Q; at -P and -Q they are the negative. */
const SCALE_P: f32 = 1 / (2 * P * (P2 - Q2));
const SCALE_Q: f32 = 1 / (2 * Q * (Q2 - P2));

/** Points, which are the elements of the even phase. */
export const POINTS: usize = 5;
/** Elements of the side of a transformed patch, and of its input. */
export const PHASE_SIDE: usize = 9;
export const PHASE_ELEMENTS: usize = 81;

/** Bᵀ d of the even inputs, stored `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function transformEven(d0: v128, d2: v128, d4: v128, d6: v128, d8: v128, to: usize, step: usize): void {
  const evenP = f32x4.mul(f32x4.splat(P), madd(f32x4.splat(-Q2), d0, d4));
  const oddP = madd(f32x4.splat(-Q2), d2, d6);
  v128.store(to, f32x4.add(oddP, evenP));
  v128.store(to + step, f32x4.sub(oddP, evenP));
  const evenQ = f32x4.mul(f32x4.splat(Q), madd(f32x4.splat(-P2), d0, d4));
  const oddQ = madd(f32x4.splat(-P2), d2, d6);
  v128.store(to + 2 * step, f32x4.add(oddQ, evenQ));
  v128.store(to + 3 * step, f32x4.sub(oddQ, evenQ));
  v128.store(to + 4 * step, madd(f32x4.splat(P2 * Q2), d0, madd(f32x4.splat(-(P2 + Q2)), d4, d8)));
}

/** G g of taps 0 and 2, and tap 1 as the sixth element; stored `step` bytes apart. */
// @ts-ignore: decorator
@inline
export function transformPhaseKernel(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  const evenP = f32x4.mul(f32x4.splat(SCALE_P * P), g2), oddP = f32x4.mul(f32x4.splat(SCALE_P), g0);
  v128.store(to, f32x4.add(evenP, oddP));
  v128.store(to + step, f32x4.sub(evenP, oddP));
  const evenQ = f32x4.mul(f32x4.splat(SCALE_Q * Q), g2), oddQ = f32x4.mul(f32x4.splat(SCALE_Q), g0);
  v128.store(to + 2 * step, f32x4.add(evenQ, oddQ));
  v128.store(to + 3 * step, f32x4.sub(evenQ, oddQ));
  v128.store(to + 4 * step, g2);
  v128.store(to + 5 * step, g1);
}

/** Row `power` of Aᵀ m of the even phase. */
// @ts-ignore: decorator
@inline
export function transformEvenOutput(power: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  if (power == 0) return f32x4.add(f32x4.add(m0, m1), f32x4.add(m2, m3));
  if (power == 1) return madd(f32x4.splat(P), f32x4.sub(m0, m1), f32x4.mul(f32x4.splat(Q), f32x4.sub(m2, m3)));
  if (power == 2) return madd(f32x4.splat(P2), f32x4.add(m0, m1), f32x4.mul(f32x4.splat(Q2), f32x4.add(m2, m3)));
  return madd(f32x4.splat(P2 * P), f32x4.sub(m0, m1), madd(f32x4.splat(Q2 * Q), f32x4.sub(m2, m3), m4));
}
