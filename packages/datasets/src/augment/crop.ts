import type { Draws } from '../generate/draws.ts';
import type { Mask, RgbImage, Size } from '../image/image.ts';

/** A rectangle of a picture's pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** The range of shares of the area, and of ratios of width to height. */
const [leastArea, mostArea] = [0.5, 1] as const;
const [narrowest, widest] = [3 / 4, 4 / 3] as const;
const attempts = 10;

/**
 * Draws a rectangle as torchvision's `RandomResizedCrop` does: a share a of the area, uniform in [0.5, 1), a ratio r,
 * log-uniform in [3/4, 4/3), and a place. It tries at most ten times, until a rectangle fits and `accepts` it.
 *
 *     width = round(√(a · area · r)),  height = round(√(a · area / r))
 *
 * @returns undefined if no try succeeded
 */
export function drawBox({ width, height }: Size, draws: Draws, accepts: (box: Box) => boolean): Box | undefined {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const area = draws.between(leastArea, mostArea) * width * height;
    const ratio = Math.exp(draws.between(Math.log(narrowest), Math.log(widest)));
    const size = { width: Math.round(Math.sqrt(area * ratio)), height: Math.round(Math.sqrt(area / ratio)) };
    if (size.width > width || size.height > height) continue;
    const box = { ...size, left: draws.below(width - size.width + 1), top: draws.below(height - size.height + 1) };
    if (accepts(box)) return box;
  }
  return undefined;
}

/** The pixels of a rectangle, with `channels` bytes each. */
export function crop<P extends RgbImage | Mask>(picture: P, { left, top, width, height }: Box, channels: 1 | 3): P {
  const data = new Uint8Array(channels * width * height);
  for (let y = 0; y < height; y += 1) {
    const from = channels * ((top + y) * picture.width + left);
    data.set(picture.data.subarray(from, from + channels * width), channels * y * width);
  }
  return { ...picture, width, height, data };
}
