import type { Mask, RgbImage } from '@hypercorr/datasets';

/** An image and its mask. */
interface Pictured {
  readonly image: RgbImage;
  /** 0 background, 255 void, else foreground; of the image's size. */
  readonly mask: Mask;
}

/**
 * Scores every query pixel by how typical its colour is of the supports' object: histogram back-projection (Swain and
 * Ballard, Color Indexing, IJCV 1991, with the ratio to the background's histogram),
 *
 *     s(x) = f(c) / (f(c) + g(c)),  c the colour of x
 *
 * with f and g the shares of the supports' foreground and background pixels that have the colour, in bins of
 * `levels` a channel. A colour that no support has scores ½.
 *
 * @returns a score in [0, 1] a pixel, row by row
 */
export function colourSimilarity(query: RgbImage, supports: readonly Pictured[], levels: number): Float32Array {
  const foreground = new Float64Array(levels ** 3);
  const background = new Float64Array(levels ** 3);
  for (const { image, mask } of supports) {
    for (const [pixel, index] of mask.data.entries()) {
      if (index === 255) continue;
      const histogram = index === 0 ? background : foreground;
      const bin = colourBin(image, pixel, levels);
      histogram[bin] = (histogram[bin] ?? 0) + 1;
    }
  }
  const [f, g] = [shares(foreground), shares(background)];
  return Float32Array.from({ length: query.width * query.height }, (_, pixel) => {
    const bin = colourBin(query, pixel, levels);
    const [inside, outside] = [f[bin] ?? 0, g[bin] ?? 0];
    return inside + outside === 0 ? 0.5 : inside / (inside + outside);
  });
}

function colourBin({ data }: RgbImage, pixel: number, levels: number): number {
  const level = (channel: number): number => Math.floor(((data[3 * pixel + channel] ?? 0) * levels) / 256);
  return (level(0) * levels + level(1)) * levels + level(2);
}

function shares(counts: Float64Array): Float64Array {
  const total = counts.reduce((all, count) => all + count, 0);
  return total === 0 ? counts : counts.map((count) => count / total);
}
