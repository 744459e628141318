/** Four elements times a factor: a helper, no kernel. */
// @ts-ignore: decorator
@inline
export function scaled(at: usize, factor: f32): v128 {
  return f32x4.mul(v128.load(at), f32x4.splat(factor));
}
