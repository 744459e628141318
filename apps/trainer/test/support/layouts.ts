import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cocoCategories, encodeMaskPng, encodePng, vocPalette, type Mask, type RgbImage } from '@hypercorr/datasets';
import { fold, key, uniformNumbers } from '@hypercorr/tensor';
import { deepPngOf, jpegKinds, jpegOf } from '../../../../packages/datasets/test/support/photographs.ts';

const side = 64;
/** Wide enough that lists which are made name it: 50·50 > 2048 pixels. */
const objectSide = 50;

/** A square of the class's colour on noise. */
interface Scene {
  readonly image: RgbImage;
  readonly left: number;
  readonly top: number;
  isObject(pixel: number): boolean;
}

function scene(classId: number, number: number): Scene {
  const noise = uniformNumbers(fold(key(classId), number), 3 * side * side + 2);
  const [left, top] = [
    Math.floor((noise.at(-1) ?? 0) * (side - objectSide)),
    Math.floor((noise.at(-2) ?? 0) * (side - objectSide)),
  ];
  const isWithin = (place: number, start: number): boolean => place >= start && place < start + objectSide;
  const isObject = (pixel: number): boolean => isWithin(pixel % side, left) && isWithin(Math.floor(pixel / side), top);
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) =>
    isObject(Math.floor(i / 3)) ? 255 * ((classId >> (i % 3)) & 1) : 60 + 100 * (noise[i] ?? 0),
  );
  return { image: { width: side, height: side, data }, left, top, isObject };
}

function maskOf({ isObject }: Scene, index: number): Mask {
  return {
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side }, (_, pixel) => (isObject(pixel) ? index : 0)),
  };
}

/** Photographs as they come, of one kind of JPEG after the other. */
function jpeg({ image }: Scene, number: number): Promise<Uint8Array> {
  return jpegOf(image, jpegKinds[number % jpegKinds.length]);
}

/** Masks as they come, in turns: a palette, grey, red, green and blue. */
function maskPng(mask: Mask, number: number): Uint8Array {
  const rgb = (): Uint8Array =>
    encodePng({
      width: side,
      height: side,
      data: Uint8Array.from({ length: 3 * mask.data.length }, (_, i) => mask.data[Math.floor(i / 3)] ?? 0),
    });
  return (
    [() => encodeMaskPng(mask, { palette: vocPalette() }), () => encodeMaskPng(mask), rgb][number % 3]?.() ??
    encodeMaskPng(mask)
  );
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

export const classNames = ['ant', 'bee', 'cat', 'dog'] as const;
const imagesEach = 6;

type Writer = (root: string) => Promise<void>;

/** A scene of each class and number, in order. */
async function eachScene(
  use: (drawn: Scene, name: string, classId: number, number: number) => Promise<void>,
): Promise<void> {
  for (const [classId, name] of classNames.entries()) {
    for (let number = 0; number < imagesEach; number += 1) await use(scene(classId + 1, number), name, classId, number);
  }
}

/** A photograph as JPEG, or the last as a deep PNG; returns its name. */
async function writePhoto(folder: string, stem: string, drawn: Scene, number: number): Promise<string> {
  const isDeep = number === imagesEach - 1;
  const name = `${stem}.${isDeep ? 'png' : 'jpg'}`;
  write(join(folder, name), isDeep ? await deepPngOf(drawn.image) : await jpeg(drawn, number));
  return name;
}

/** One's own data of four classes, in each of the layouts. */
export const writers: Readonly<Record<'fss' | 'folder' | 'indexed' | 'coco-json' | 'manifest', Writer>> = {
  fss: (root) =>
    eachScene(async (drawn, name, _, number) => {
      write(join(root, name, `${number}.jpg`), await jpeg(drawn, number));
      write(join(root, name, `${number}.png`), encodeMaskPng(maskOf(drawn, number % 2 === 0 ? 1 : 255)));
    }),
  folder: (root) =>
    eachScene(async (drawn, name, _, number) => {
      await writePhoto(join(root, name, 'images'), String(number), drawn, number);
      write(join(root, name, 'masks', `${number}.png`), maskPng(maskOf(drawn, number % 3 === 0 ? 1 : 255), number));
    }),
  async indexed(root) {
    write(join(root, 'classes.json'), JSON.stringify(['background', ...classNames]));
    await eachScene(async (drawn, name, classId, number) => {
      await writePhoto(join(root, 'images'), `${name}${number}`, drawn, number);
      write(join(root, 'masks', `${name}${number}.png`), maskPng(maskOf(drawn, classId + 1), number));
    });
  },
  async 'coco-json'(root) {
    const [images, annotations]: object[][] = [[], []];
    await eachScene(async (drawn, name, classId, number) => {
      const file_name = await writePhoto(root, `${name}${number}`, drawn, number);
      const id = 10 * classId + number;
      images?.push({ id, file_name, width: side, height: side });
      annotations?.push({
        id,
        image_id: id,
        category_id: classId,
        iscrowd: 0,
        segmentation: segmentation(drawn, number),
      });
    });
    write(
      join(root, 'instances.json'),
      JSON.stringify({ images, annotations, categories: classNames.map((name, id) => ({ id, name })) }),
    );
  },
  async manifest(root) {
    const lines: string[] = [];
    await eachScene(async (drawn, name, classId, number) => {
      const image = `in/${await writePhoto(join(root, 'in'), `${name}${number}`, drawn, number)}`;
      write(join(root, 'masks', `${name}${number}.png`), maskPng(maskOf(drawn, 9), number));
      lines.push(
        JSON.stringify({
          image,
          mask: `masks/${name}${number}.png`,
          class: name,
          index: 9,
          split: ['train', 'train', 'val', 'test'][classId],
        }),
      );
    });
    write(join(root, 'manifest.jsonl'), lines.join('\n'));
  },
};

/** The square as a polygon, as a list of runs of columns, or as COCO's text of them. */
function segmentation({ left, top }: Scene, number: number): unknown {
  if (number % 2 === 0)
    return [[left, top, left + objectSide, top, left + objectSide, top + objectSide, left, top + objectSide]];
  const columns = Array.from({ length: objectSide }, () => [side - objectSide, objectSide])
    .flat()
    .slice(1);
  const first = left * side + top;
  const used = first + columns.reduce((sum, length) => sum + length, 0);
  return { size: [side, side], counts: [first, ...columns, side * side - used] };
}

/** COCO 2014 with objects of some classes, whose lists are still to be made. */
export async function writeCocoJson(root: string, classIds: readonly number[]): Promise<void> {
  for (const set of ['train2014', 'val2014']) {
    const [images, annotations]: object[][] = [[], []];
    for (const classId of classIds) {
      for (const number of [0, 1, 2]) {
        const drawn = scene(classId + 1, number);
        const id = 100 * classId + number;
        const file_name = `COCO_${set}_${String(id).padStart(12, '0')}.jpg`;
        write(join(root, set, file_name), await jpeg(drawn, number));
        images?.push({ id, file_name, width: side, height: side });
        annotations?.push({
          id,
          image_id: id,
          category_id: cocoCategories[classId]?.[0],
          iscrowd: 0,
          segmentation: segmentation(drawn, number),
        });
      }
    }
    const categories = cocoCategories.map(([id, name]) => ({ id, name }));
    write(join(root, 'annotations', `instances_${set}.json`), JSON.stringify({ images, annotations, categories }));
  }
}
