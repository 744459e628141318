import sharp from 'sharp';
import type { TestFolder } from './folder.ts';
import type { RgbaImage } from '../../src/image/image.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

/** A square of one colour in the middle of a transparent picture that is twice as large. */
export function squareOf(colour: Rgb, side: number): RgbaImage {
  const [width, least, most] = [2 * side, side / 2, side + side / 2];
  const data = Uint8Array.from({ length: 4 * width * width }, (_, i) => {
    const pixel = Math.floor(i / 4);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const inside = x >= least && x < most && y >= least && y < most;
    return i % 4 === 3 ? (inside ? 255 : 0) : (colour[i % 4] ?? 0);
  });
  return { width, height: width, data };
}

/** A picture as PNG with its alpha. */
export function alphaPng({ width, height, data }: RgbaImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** Writes squares as cut-outs, `<class>/<n>.png`: each class has its colour, each cut-out its size. */
export async function writeSquares(
  folder: TestFolder,
  colours: Readonly<Record<string, Rgb>>,
  count = 3,
): Promise<string> {
  for (const [name, colour] of Object.entries(colours)) {
    for (let i = 1; i <= count; i += 1)
      await folder.write(`cut-outs/${name}/${i}.png`, await alphaPng(squareOf(colour, 10 * i)));
  }
  return folder.path('cut-outs');
}
