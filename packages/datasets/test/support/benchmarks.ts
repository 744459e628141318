import { cocoCategories, encodeMaskPng, vocPalette, type Mask } from '../../src/index.ts';
import type { TestFolder } from './folder.ts';
import { jpegKinds, jpegOf, type JpegKind } from './photographs.ts';
import { photograph } from './pictures.ts';

/** A mask of columns: so many pixels wide, of that index, from the left. */
export function columns(
  width: number,
  height: number,
  ...parts: readonly (readonly [columns: number, index: number])[]
): Mask {
  const row = parts.flatMap(([count, index]) => Array.from({ length: count }, () => index));
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => row[i % width] ?? 0) };
}

/** A photograph as JPEG. */
export function jpeg(width: number, height: number, kind?: JpegKind, seed = 0): Promise<Uint8Array> {
  return jpegOf(photograph(width, height, seed), kind);
}

/** Of the images of a made benchmark: their side, and the pixels a class needs to be listed when lists are made. */
export const side = 64;

/**
 * A PASCAL VOC of square images, `trainImages` and two to test for each class, every one of its class alone; masks are
 * palette PNGs, some greyscale, with a border of void. Images are of all kinds of JPEG in turns.
 *
 * @returns the folder that holds VOC2012
 */
export async function writePascal(folder: TestFolder, trainImages = 1): Promise<string> {
  const tested: string[] = [];
  for (let classId = 0; classId < 20; classId += 1) {
    for (let i = 0; i < trainImages + 2; i += 1) {
      const name = `2007_${String(100 * classId + i).padStart(6, '0')}`;
      if (i >= trainImages) tested.push(name);
      const mask = columns(side, side, [side / 2 + 2, classId + 1], [1, 255]);
      await folder.write(
        `data/VOC2012/JPEGImages/${name}.jpg`,
        await jpeg(side, side, jpegKinds[(classId + i) % jpegKinds.length], classId),
      );
      await folder.write(
        `data/VOC2012/SegmentationClassAug/${name}.png`,
        encodeMaskPng(mask, i % 2 === 0 ? { palette: vocPalette() } : {}),
      );
    }
  }
  await folder.write('data/VOC2012/ImageSets/Segmentation/val.txt', `${tested.join('\n')}\n`);
  return folder.path('data');
}

/** A rectangle as a polygon. */
function rectangle(x: number, y: number, width: number, height: number): number[] {
  return [x, y, x + width, y, x + width, y + height, x, y + height];
}

/**
 * A COCO 2014 of two images a class in train2014 and in val2014. Each shows its class as two polygons and as runs, with a
 * crowd over all of it that is to be passed over.
 *
 * @returns the folder that holds COCO2014
 */
export async function writeCoco(folder: TestFolder): Promise<string> {
  const photo = await jpeg(side, side);
  for (const set of ['train2014', 'val2014']) {
    const images: object[] = [];
    const annotations: object[] = [];
    for (const [place, [category_id]] of cocoCategories.entries()) {
      for (const copy of [0, 1]) {
        const id = 1000 + 2 * place + copy;
        const file_name = `COCO_${set}_${String(id).padStart(12, '0')}.jpg`;
        await folder.write(`data/COCO2014/${set}/${file_name}`, photo);
        images.push({ id, file_name, width: side, height: side });
        const object = { image_id: id, category_id };
        const polygons = [rectangle(0, 0, 32, side), rectangle(40, 0, 10, side)];
        annotations.push({
          ...object,
          id: 10 * id,
          iscrowd: 0,
          segmentation: copy === 0 ? polygons : { size: [side, side], counts: [0, 40 * side, 24 * side] },
        });
        annotations.push({
          ...object,
          id: 10 * id + 1,
          iscrowd: 1,
          segmentation: { size: [side, side], counts: [0, side * side] },
        });
      }
    }
    const categories = cocoCategories.map(([id, name]) => ({ id, name, supercategory: 'thing' }));
    await folder.write(
      `data/COCO2014/annotations/instances_${set}.json`,
      JSON.stringify({ images, annotations, categories }),
    );
  }
  return folder.path('data');
}
