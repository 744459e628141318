import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJpeg, writeMaskPng } from '@hypercorr/datasets/node';

const side = 8;

/** Writes classes of grey pictures in FSS-1000's layout: `<class>/1.jpg` beside its mask `<class>/1.png`, and so on. */
export async function writeClassFolders(root: string, classes: readonly string[], images: number): Promise<void> {
  const photograph = await encodeJpeg(
    { width: side, height: side, data: new Uint8Array(3 * side * side).fill(128) },
    90,
  );
  const mask = { width: side, height: side, data: new Uint8Array(side * side).fill(1, 0, side) };
  for (const name of classes) {
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    for (let i = 1; i <= images; i += 1) {
      await writeFile(join(folder, `${i}.jpg`), photograph);
      await writeMaskPng(join(folder, `${i}.png`), mask);
    }
  }
}
