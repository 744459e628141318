// The transforms of F(2×2, 5×5), which turns a 6×6 patch and a 5×5 kernel into 2×2 outputs with 36 multiplications
// in place of 100. Patch and points are those of F(4×4, 3×3) (@hypercorr/tensor/assembly/winograd-transforms), and so
// are Bᵀ and the scales: a kernel is evaluated at the points whatever its size.

import { madd } from '@hypercorr/tensor/assembly/simd';
import { P, Q, SCALE_0, SCALE_P, SCALE_Q } from '@hypercorr/tensor/assembly/winograd-transforms';

/** G g, stored `step` bytes apart. Row of a point x: 1, x, x², x³, x⁴, scaled; of ∞: 0, 0, 0, 0, 1. */
// @ts-ignore: decorator
@inline
export function transformKernel5(g0: v128, g1: v128, g2: v128, g3: v128, g4: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.mul(f32x4.splat(SCALE_0), g0));
  transformPair(P, SCALE_P, g0, g1, g2, g3, g4, to + step, step);
  transformPair(Q, SCALE_Q, g0, g1, g2, g3, g4, to + 3 * step, step);
  v128.store(to + 5 * step, g4);
}

/** The rows of G for the points x and -x. */
// @ts-ignore: decorator
@inline
function transformPair(
  x: f32, scale: f32, g0: v128, g1: v128, g2: v128, g3: v128, g4: v128, to: usize, step: usize,
): void {
  const square = f32x4.splat(x * x);
  const even = f32x4.mul(f32x4.splat(scale), madd(square, madd(square, g4, g2), g0));
  const odd = f32x4.mul(f32x4.splat(scale * x), madd(square, g3, g1));
  v128.store(to, f32x4.add(even, odd));
  v128.store(to + step, f32x4.sub(even, odd));
}

/** Row `power` of Aᵀ m for two outputs: the sum of xᵖ·m(x) over the points x; ∞ enters the second only. */
// @ts-ignore: decorator
@inline
export function transformOutput2(power: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  if (power == 0) return f32x4.add(m0, f32x4.add(f32x4.add(m1, m2), f32x4.add(m3, m4)));
  return madd(f32x4.splat(P), f32x4.sub(m1, m2), madd(f32x4.splat(Q), f32x4.sub(m3, m4), m5));
}

/** A y for two outputs, stored `step` bytes apart: y₀ + x·y₁ at each point x, and y₁ at ∞. The transpose of `transformOutput2`. */
// @ts-ignore: decorator
@inline
export function transformCotangent2(y0: v128, y1: v128, to: usize, step: usize): void {
  v128.store(to, y0);
  v128.store(to + step, madd(f32x4.splat(P), y1, y0));
  v128.store(to + 2 * step, madd(f32x4.splat(-P), y1, y0));
  v128.store(to + 3 * step, madd(f32x4.splat(Q), y1, y0));
  v128.store(to + 4 * step, madd(f32x4.splat(-Q), y1, y0));
  v128.store(to + 5 * step, y1);
}

/** Gᵀ m, stored `step` bytes apart: the transpose of `transformKernel5`. */
// @ts-ignore: decorator
@inline
export function transformGradient5(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, to: usize, step: usize): void {
  const evenP = f32x4.mul(f32x4.splat(SCALE_P), f32x4.add(m1, m2)), oddP = f32x4.mul(f32x4.splat(SCALE_P * P), f32x4.sub(m1, m2));
  const evenQ = f32x4.mul(f32x4.splat(SCALE_Q), f32x4.add(m3, m4)), oddQ = f32x4.mul(f32x4.splat(SCALE_Q * Q), f32x4.sub(m3, m4));
  const squareP = f32x4.splat(P * P), squareQ = f32x4.splat(Q * Q);
  v128.store(to, madd(f32x4.splat(SCALE_0), m0, f32x4.add(evenP, evenQ)));
  v128.store(to + step, f32x4.add(oddP, oddQ));
  v128.store(to + 2 * step, madd(squareP, evenP, f32x4.mul(squareQ, evenQ)));
  v128.store(to + 3 * step, madd(squareP, oddP, f32x4.mul(squareQ, oddQ)));
  v128.store(to + 4 * step, madd(f32x4.mul(squareP, squareP), evenP, madd(f32x4.mul(squareQ, squareQ), evenQ, m5)));
}
