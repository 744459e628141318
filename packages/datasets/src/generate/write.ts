import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJpeg, writeMaskPng } from '../files/write-pictures.ts';
import { figureClasses, type ClassSet, type FigureClass } from './classes.ts';
import { renderScene, type SceneOptions } from './scene.ts';

export interface GenerateOptions extends SceneOptions {
  /**
   * The folder to fill, created if needed. Pictures with the same names are overwritten. Pictures that a larger,
   * earlier dataset left behind are removed; all other files stay.
   */
  readonly root: string;
  /** How many pictures each class of a set gets. A set that is absent, or 0, is not written. */
  readonly imagesPerClass: Partial<Readonly<Record<ClassSet, number>>>;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface GeneratedDataset {
  /** The folder of each written set, a dataset in FSS-1000's layout. */
  readonly roots: Partial<Readonly<Record<ClassSet, string>>>;
  readonly classes: number;
  readonly images: number;
  /** How many images of an earlier dataset were removed. */
  readonly removed: number;
}

/** JPEG quality: high enough to keep fine patterns, low enough to look like a camera's file. */
const quality = 92;

/**
 * Writes the generated dataset. Each set of classes has a folder in FSS-1000's layout: `<root>/<set>/<class>/<n>.jpg`
 * and, beside it, `<n>.png`, the mask (0 and 255).
 *
 * @throws the system's error when writing fails
 */
export async function writeGeneratedDataset({
  root,
  imagesPerClass,
  onProgress,
  ...scene
}: GenerateOptions): Promise<GeneratedDataset> {
  const all = figureClasses();
  const count = ({ set }: FigureClass): number => imagesPerClass[set] ?? 0;
  const chosen = all.filter((cls) => count(cls) > 0);
  const images = chosen.reduce((sum, cls) => sum + count(cls), 0);
  let [done, removed] = [0, 0];
  for (const cls of chosen) {
    const folder = join(root, cls.set, cls.name);
    await mkdir(folder, { recursive: true });
    removed += await removeBehind(folder, count(cls));
    for (let index = 0; index < count(cls); index += 1) {
      await writeScene(folder, all, cls, index, scene);
      done += 1;
      onProgress?.(done, images);
    }
  }
  const roots = Object.fromEntries(chosen.map(({ set }) => [set, join(root, set)]));
  return { roots, classes: chosen.length, images, removed };
}

/**
 * Removes the pictures after number `last`, up to the first gap: a larger dataset left them. Numbers behind the gap,
 * and all other names, do not come from this generator.
 *
 * @returns how many were removed
 */
async function removeBehind(folder: string, last: number): Promise<number> {
  const names = new Set(await readdir(folder));
  for (let number = last + 1; ; number += 1) {
    const files = pictureFiles(number).filter((name) => names.has(name));
    if (files.length === 0) return number - 1 - last;
    await Promise.all(files.map((name) => rm(join(folder, name))));
  }
}

/** The files of a picture: photograph and mask. The first picture is number 1. */
function pictureFiles(number: number): readonly [photograph: string, mask: string] {
  return [`${number}.jpg`, `${number}.png`];
}

async function writeScene(
  folder: string,
  all: readonly FigureClass[],
  cls: FigureClass,
  index: number,
  options: SceneOptions,
): Promise<void> {
  const { width, height, pixels, mask } = renderScene(all, cls, index, options);
  const [photograph, maskFile] = pictureFiles(index + 1);
  const jpeg = await encodeJpeg({ width, height, data: pixels }, quality);
  await Promise.all([
    writeFile(join(folder, photograph), jpeg),
    writeMaskPng(join(folder, maskFile), { width, height, data: mask.map((inside) => 255 * inside) }),
  ]);
}
