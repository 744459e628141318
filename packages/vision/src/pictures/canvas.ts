import type { Colour, RgbImage } from '@hypercorr/datasets';
import { forEachTextPixel, glyphAdvance, glyphHeight, writtenAs } from './font.ts';
import { black, white } from './palette.ts';

/** A picture to draw other pictures and lines of text on. */
export class Canvas implements RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  constructor(width: number, height: number, background: Colour = white) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(3 * width * height);
    for (let pixel = 0; pixel < width * height; pixel += 1) this.data.set(background, 3 * pixel);
  }

  /** Draws `image` with its upper left corner at (x, y). Parts outside of the canvas are cut off. */
  place(image: RgbImage, x: number, y: number): void {
    const columns = Math.min(image.width, this.width - x);
    const rows = Math.min(image.height, this.height - y);
    for (let row = 0; row < rows; row += 1) {
      const start = 3 * row * image.width;
      this.data.set(image.data.subarray(start, start + 3 * columns), 3 * ((y + row) * this.width + x));
    }
  }

  /**
   * Writes a line of text with its upper left corner at (x, y). Each of the font's pixels is `scale` wide. Parts
   * outside of the canvas are cut off.
   */
  write(text: string, x: number, y: number, scale = 1, colour: Colour = black): void {
    forEachTextPixel(text, (column, row) => {
      for (let dy = 0; dy < scale; dy += 1) {
        for (let dx = 0; dx < scale; dx += 1) this.#paint(x + column * scale + dx, y + row * scale + dy, colour);
      }
    });
  }

  #paint(x: number, y: number, colour: Colour): void {
    if (x >= 0 && y >= 0 && x < this.width && y < this.height) this.data.set(colour, 3 * (y * this.width + x));
  }
}

/** Height of a line of text in pixels. */
export function lineHeight(scale = 1): number {
  return glyphHeight * scale;
}

/** The text, shortened with dots if it is wider than `width` pixels. */
export function fitText(text: string, width: number, scale = 1): string {
  const most = Math.floor(width / (glyphAdvance * scale));
  const written = writtenAs(text);
  return written.length <= most ? written : `${written.slice(0, Math.max(0, most - 2))}..`;
}
