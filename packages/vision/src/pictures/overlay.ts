import { checkOptions } from '@hypercorr/tensor/op';
import type { Mask, RgbImage } from '@hypercorr/datasets';
import { ShapeError } from '@hypercorr/tensor';
import { classColour, white } from './palette.ts';

export interface OverlayOptions {
  /** How much of the tint covers the photograph, 0 to 1. */
  readonly opacity?: number;
}

/**
 * The photograph with every class of the mask tinted in its colour, and a line along the edges. The line is coloured
 * inside and white outside, so that it shows on any background.
 *
 * @param mask a class index for each pixel, of the photograph's size; pixels with 0 stay unchanged
 * @throws ShapeError when the sizes differ
 */
export function drawOverlay(image: RgbImage, mask: Mask, options: OverlayOptions = {}): RgbImage {
  checkOptions('drawOverlay', options, { opacity: true });
  const { opacity = 0.4 } = options;
  const { width, height } = image;
  if (mask.width !== width || mask.height !== height) {
    const sizes = `the image is ${width}×${height}, the mask ${mask.width}×${mask.height}`;
    throw new ShapeError('drawOverlay', `${sizes}; resize one of them first`);
  }
  const data = Uint8Array.from(image.data);
  for (const [pixel, index] of mask.data.entries()) {
    if (index === 0) continue;
    const colour = classColour(index);
    for (let channel = 0; channel < 3; channel += 1) {
      const at = 3 * pixel + channel;
      data[at] = Math.round((1 - opacity) * (data[at] ?? 0) + opacity * (colour[channel] ?? 0));
    }
  }
  drawOutline(data, mask);
  return { width, height, data };
}

/** Paints a square around each pixel at an edge. The square grows with the picture's size. */
function drawOutline(data: Uint8Array, mask: Mask): void {
  const { width, height } = mask;
  const radius = Math.round(Math.min(width, height) / 400);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = indexAt(mask, x, y);
      if (index === 0 || !atEdge(mask, x, y, index)) continue;
      for (let row = Math.max(0, y - radius - 1); row <= Math.min(height - 1, y + radius + 1); row += 1) {
        for (let column = Math.max(0, x - radius - 1); column <= Math.min(width - 1, x + radius + 1); column += 1) {
          const distance = Math.max(Math.abs(row - y), Math.abs(column - x));
          const there = indexAt(mask, column, row);
          if (there === index && distance <= radius) data.set(classColour(index), 3 * (row * width + column));
          else if (there === 0) data.set(white, 3 * (row * width + column));
        }
      }
    }
  }
}

/** Whether one of the four neighbours has another index. The picture's border is not an edge. */
function atEdge(mask: Mask, x: number, y: number, index: number): boolean {
  return (
    (x > 0 && indexAt(mask, x - 1, y) !== index) ||
    (x < mask.width - 1 && indexAt(mask, x + 1, y) !== index) ||
    (y > 0 && indexAt(mask, x, y - 1) !== index) ||
    (y < mask.height - 1 && indexAt(mask, x, y + 1) !== index)
  );
}

function indexAt({ data, width }: Mask, x: number, y: number): number {
  return data[y * width + x] ?? 0;
}
