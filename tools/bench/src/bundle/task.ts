// Two convolutions with a ReLU between them: an image of 3 channels, 16 in between, 8 out, kernels of 3×3, the size kept.
// Numbers without structure, in the order of NCHW (images) and OIHW (weights).

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + seed));

export const side = 32;
export const channels = [3, 16, 8] as const;
export const image = numbers(3 * side * side, 1);
export const first = numbers(16 * 3 * 9, 2);
export const second = numbers(8 * 16 * 9, 3);
