import type { Mask, RgbImage } from '../image/image.ts';

/** Mirrors a picture left to right. It has `channels` bytes a pixel. */
export function flipHorizontally<P extends RgbImage | Mask>(picture: P, channels: 1 | 3): P {
  const { width, height, data } = picture;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [channels * (y * width + x), channels * (y * width + width - 1 - x)];
      for (let channel = 0; channel < channels; channel += 1) out[to + channel] = data[from + channel] ?? 0;
    }
  }
  return { ...picture, data: out };
}
