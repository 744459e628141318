import { encodeMaskPng, encodePng, type Mask, type RgbImage } from '@hypercorr/datasets';
import { uniformNumbers, key } from '@hypercorr/tensor';

/** A disc of a colour of its own on a noisy ground; the disc is the object. */
export function discPicture(
  width: number,
  height: number,
  seed: number,
): { readonly image: RgbImage; readonly mask: Mask } {
  const noise = uniformNumbers(key(seed), width * height);
  const [x, y, radius] = [width * (0.35 + 0.02 * (seed % 10)), height * 0.5, 0.3 * Math.min(width, height)];
  const inside = Uint8Array.from(noise, (_, i) =>
    Number(Math.hypot((i % width) - x, Math.floor(i / width) - y) < radius),
  );
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const grain = 60 * (noise[pixel] ?? 0);
    return ((inside[pixel] === 1 ? [190, 80, 40] : [40, 90, 150])[i % 3] ?? 0) + grain;
  });
  return { image: { width, height, data }, mask: { width, height, data: inside } };
}

/** The same as files' contents: a PNG photograph, and a 0/1 mask. */
export function discFiles(
  width: number,
  height: number,
  seed: number,
): { readonly image: Uint8Array; readonly mask: Uint8Array } {
  const { image, mask } = discPicture(width, height, seed);
  return { image: encodePng(image), mask: encodeMaskPng(mask) };
}
