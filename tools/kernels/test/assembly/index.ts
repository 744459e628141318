function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** words: a, b, c, out; out = a·b + c over blocks of four floats. */
export function multiplyAdd(params: usize, begin: u32, end: u32, scratch: usize): void {
  const a = <usize>load<u32>(params);
  const b = <usize>load<u32>(params, 4);
  const c = <usize>load<u32>(params, 8);
  const out = <usize>load<u32>(params, 12);
  for (let i = begin; i < end; i++) {
    const at = <usize>i << 4;
    v128.store(out + at, madd(v128.load(a + at), v128.load(b + at), v128.load(c + at)));
  }
}
