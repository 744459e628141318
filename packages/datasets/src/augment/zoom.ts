import type { Draws } from '../generate/draws.ts';
import type { Mask, RgbImage, Size } from '../image/image.ts';

/** Where a smaller picture lies in a picture of the old size. */
export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

/** The smallest share of its side that a picture keeps. */
const leastShare = 0.5;

/** Draws how far a picture shrinks, s, log-uniform in [½, 1), and where the smaller picture lies. */
export function drawPlace({ width, height }: Size, draws: Draws): Place {
  const share = Math.exp(draws.between(Math.log(leastShare), 0));
  const size = { width: Math.max(1, Math.round(share * width)), height: Math.max(1, Math.round(share * height)) };
  return { ...size, left: draws.below(width - size.width + 1), top: draws.below(height - size.height + 1) };
}

/** A picture that fills a larger one: what lies around it are its mirror images. It has `channels` bytes a pixel. */
export function surrounded<P extends RgbImage | Mask>(
  picture: P,
  { left, top }: Pick<Place, 'left' | 'top'>,
  { width, height }: Size,
  channels: 1 | 3,
): P {
  const data = new Uint8Array(channels * width * height);
  const columns = Int32Array.from({ length: width }, (_, x) => channels * mirrored(x - left, picture.width));
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    const row = channels * picture.width * mirrored(y - top, picture.height);
    for (let x = 0; x < width; x += 1) {
      const from = row + (columns[x] ?? 0);
      for (let channel = 0; channel < channels; channel += 1, to += 1) data[to] = picture.data[from + channel] ?? 0;
    }
  }
  return { ...picture, width, height, data };
}

/** The place 0 … n − 1 that stands at p in 0, 1, …, n − 1, n − 1, …, 1, 0, 0, 1, … */
function mirrored(p: number, n: number): number {
  const place = ((p % (2 * n)) + 2 * n) % (2 * n);
  return place < n ? place : 2 * n - 1 - place;
}
