import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJpeg, writeMaskPng } from '@hypercorr/datasets/node';
import { fold, key, uniformNumbers } from '@hypercorr/tensor';

/**
 * Writes classes of plain squares, each class of its own colour, on noise: FSS-1000's layout, small enough to train on in a
 * test.
 */
export async function writeShapes(
  root: string,
  { classes, images, side = 48 }: { readonly classes: number; readonly images: number; readonly side?: number },
) {
  const pixels = side * side;
  for (let c = 0; c < classes; c += 1) {
    const folder = join(root, `class-${String.fromCharCode(97 + c)}`);
    mkdirSync(folder, { recursive: true });
    const colour = [255 * (c & 1), 255 * ((c >> 1) & 1), 255 * ((c >> 2) & 1)];
    for (let i = 1; i <= images; i += 1) {
      const noise = uniformNumbers(fold(key(c), i), 3 * pixels + 2);
      const [left, top] = [0, 1].map((n) => Math.floor((noise[3 * pixels + n] ?? 0) * (side / 2))) as [number, number];
      const inside = (p: number): boolean =>
        p % side >= left && p % side < left + side / 2 && p / side >= top && p / side < top + side / 2;
      const data = Uint8Array.from({ length: 3 * pixels }, (_, at) =>
        inside(Math.floor(at / 3)) ? (colour[at % 3] ?? 0) : 60 + 100 * (noise[at] ?? 0),
      );
      const mask = Uint8Array.from({ length: pixels }, (_, p) => Number(inside(p)));
      await writeFile(join(folder, `${i}.jpg`), await encodeJpeg({ width: side, height: side, data }, 90));
      await writeMaskPng(join(folder, `${i}.png`), { width: side, height: side, data: mask });
    }
  }
}
