import type { RgbImage } from '../image/image.ts';

/** Factors. 1 changes nothing. */
export interface ColourChange {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/**
 * Changes brightness, contrast and saturation, one after the other, as torchvision's `adjust_brightness`,
 * `adjust_contrast` and `adjust_saturation` do for pictures of floating-point numbers:
 *
 *     x = clamp(b · x)
 *     x = clamp(c · x + (1 − c) · mean grey of the picture)
 *     x = clamp(s · x + (1 − s) · grey of the pixel),      grey = 0.2989 R + 0.587 G + 0.114 B
 *
 * between 0 and 255, rounded to bytes in the end.
 */
export function changeColours(image: RgbImage, { brightness, contrast, saturation }: ColourChange): RgbImage {
  const values = Float64Array.from(image.data, (value) => clamp(brightness * value));
  const pixels = image.width * image.height;
  let sum = 0;
  for (let i = 0; i < values.length; i += 3) sum += greyOf(values, i);
  const mean = sum / pixels;
  for (let i = 0; i < values.length; i += 1) values[i] = clamp(contrast * (values[i] ?? 0) + (1 - contrast) * mean);
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    const grey = greyOf(values, i);
    for (let channel = i; channel < i + 3; channel += 1)
      data[channel] = Math.round(clamp(saturation * (values[channel] ?? 0) + (1 - saturation) * grey));
  }
  return { ...image, data };
}

/** The grey value of the pixel whose red is at `at`. */
function greyOf(values: Float64Array, at: number): number {
  return 0.2989 * (values[at] ?? 0) + 0.587 * (values[at + 1] ?? 0) + 0.114 * (values[at + 2] ?? 0);
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}
