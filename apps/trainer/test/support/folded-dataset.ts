import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeMaskPng, encodePng, vocPalette } from '@hypercorr/datasets';
import { encodeJpeg } from '@hypercorr/datasets/node';
import { fold, key, uniformNumbers } from '@hypercorr/tensor';

const [width, height] = [48, 36];

/** A square of the class's colour on noise, in a mask of the class's index with a border of void. */
function picture(classId: number, seed: number) {
  const noise = uniformNumbers(fold(key(classId), seed), 3 * width * height + 2);
  const [left, top] = [noise.at(-1) ?? 0, noise.at(-2) ?? 0].map((n) => 3 + Math.floor(n * 12)) as [number, number];
  const distance = (p: number): number =>
    Math.max(Math.abs((p % width) - left - 9), Math.abs(Math.floor(p / width) - top - 9));
  const colour = [classId & 1, (classId >> 1) & 1, (classId >> 2) & 1].map((bit) => 255 * bit);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    distance(Math.floor(i / 3)) < 9 ? (colour[i % 3] ?? 0) : 60 + 100 * (noise[i] ?? 0),
  );
  const mask = Uint8Array.from({ length: width * height }, (_, p) =>
    distance(p) < 9 ? classId + 1 : distance(p) === 9 ? 255 : 0,
  );
  return { image: { width, height, data }, mask: { width, height, data: mask } };
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Two classes of each fold of PASCAL-5i in VOC's layout, with lists: so many training and validation images each. */
export async function writePascal(
  root: string,
  images: { readonly train: number; readonly val: number },
): Promise<void> {
  for (const part of ['train', 'val'] as const) {
    for (const each of [0, 1, 2, 3]) {
      const lines: string[] = [];
      for (let i = 0; i < images[part]; i += 1) {
        for (const classId of [5 * each, 5 * each + 1]) {
          const name = `2007_${part === 'train' ? 1 : 2}${String(classId).padStart(2, '0')}${String(i).padStart(3, '0')}`;
          const { image, mask } = picture(classId, i + (part === 'train' ? 100 : 0));
          write(join(root, 'JPEGImages', `${name}.jpg`), await encodeJpeg(image, 90));
          write(join(root, 'SegmentationClassAug', `${name}.png`), encodeMaskPng(mask, { palette: vocPalette() }));
          lines.push(`${name}__${String(classId + 1).padStart(2, '0')}`);
        }
      }
      write(join(root, 'splits', part === 'train' ? 'trn' : 'val', `fold${each}.txt`), `${lines.join('\n')}\n`);
    }
  }
}

/** Some classes of COCO-20i, by their ids, with PNG masks and lists: so many images each. Fold k has the ids k, k + 4, k + 8, … */
export async function writeCoco(root: string, classIds: readonly number[], images: number): Promise<void> {
  for (const set of ['train', 'val'] as const) {
    const names = new Map<number, string[]>(classIds.map((id) => [id, []]));
    for (const id of classIds) {
      for (let i = 0; i < images; i += 1) {
        const name = `${set}2014/COCO_${set}2014_${String(1000 * id + i).padStart(12, '0')}`;
        const { image, mask } = picture(id, i + (set === 'train' ? 100 : 0));
        write(join(root, `${name}.jpg`), encodePng(image));
        write(join(root, 'annotations', `${name}.png`), encodeMaskPng(mask));
        names.get(id)?.push(`${name}.jpg`);
      }
    }
    for (const each of [0, 1, 2, 3]) {
      const ofFold = classIds.filter((id) => (id % 4 === each) === (set === 'val'));
      write(
        join(root, 'splits', set === 'train' ? 'trn' : 'val', `fold${each}.json`),
        JSON.stringify(Object.fromEntries(ofFold.map((id) => [id, names.get(id)]))),
      );
    }
  }
}
