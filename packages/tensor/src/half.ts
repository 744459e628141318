// Numbers of 16 bits. float32 holds each of them exactly.

/** IEEE 754 binary16, as bits, to float32. */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (const [i, half] of halves.entries()) floats[i] = halfToNumber(half);
  return floats;
}

/** One number of binary16: 1 bit sign, 5 bits exponent, 10 bits fraction. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16, as bits, to float32: they are the upper half of it. */
export function bfloat16ToFloats(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) words[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(words.buffer);
}
