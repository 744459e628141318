import { FormatError } from '@hypercorr/tensor';
import type { Mask, RgbImage } from '@hypercorr/datasets';
import { contextOf } from '../ui/elements.ts';

/** The longest side of a picture, in pixels. Larger pictures are shrunk, since the network uses fewer pixels anyway. */
const longestSide = 640;

/**
 * Reads a picture that the browser can decode.
 *
 * @throws FormatError for any other file
 */
export async function readPicture(file: File): Promise<RgbImage> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    throw new FormatError('picture', `${file.name} is not a picture that this browser can read`, { cause });
  });
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = contextOf(Object.assign(document.createElement('canvas'), { width, height }));
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return withoutAlpha(context.getImageData(0, 0, width, height));
}

function withoutAlpha({ width, height, data: rgba }: ImageData): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel += 1) data.set(rgba.subarray(4 * pixel, 4 * pixel + 3), 3 * pixel);
  return { width, height, data };
}

/** Resizes the canvas to the picture's size, and draws the picture. */
export function drawPicture(canvas: HTMLCanvasElement, { width, height, data }: RgbImage): void {
  Object.assign(canvas, { width, height });
  const picture = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    picture.data.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    picture.data[4 * pixel + 3] = 255;
  }
  contextOf(canvas).putImageData(picture, 0, 0);
}

/** Half-transparent orange from Okabe and Ito's palette, which colour-blind people can also tell from other colours. */
const tint = [230, 100, 0, 140] as const;
const edge = [255, 255, 255, 255] as const;

/** Resizes the canvas, which lies over a picture, to the mask's size. Tints the marked pixels and draws a white edge around them. */
export function drawMask(canvas: HTMLCanvasElement, { width, height, data }: Mask): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const layer = new ImageData(width, height);
  const marked = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!marked(x, y)) continue;
      const inside = marked(x - 1, y) && marked(x + 1, y) && marked(x, y - 1) && marked(x, y + 1);
      layer.data.set(inside ? tint : edge, 4 * (y * width + x));
    }
  }
  contextOf(canvas).putImageData(layer, 0, 0);
}
