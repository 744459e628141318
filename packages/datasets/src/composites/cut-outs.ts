import { basename, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { isSameClass } from '../benchmarks/class-names.ts';
import type { Dataset, Sample } from '../episode/dataset.ts';
import { imageFacts, withoutAlpha } from '../files/decode-image.ts';
import { extension, isImageName } from '../files/image-names.ts';
import { listFolder } from '../files/list-folder.ts';
import { mapSeveral } from '../files/map-several.ts';
import { readBytes } from '../files/read-file.ts';
import { apartFolders, pairApart, pairBeside, type PairedFiles } from '../layouts/pair-files.ts';

/** A picture of an object to paste on other pictures: one whose own alpha cuts the object out, or one with a mask. */
export type CutOut = Pick<Sample, 'image' | 'foreground' | 'drawn'> & Partial<Pick<Sample, 'mask'>>;

export interface CutOutClass {
  readonly name: string;
  readonly cutOuts: readonly CutOut[];
}

/** Classes of cut-outs. */
export interface CutOuts {
  readonly name: string;
  /** The folder that the files lie in. */
  readonly root: string;
  readonly classes: readonly CutOutClass[];
}

/** The marked objects of photographs as cut-outs: the mask takes the place of alpha. */
export function cutOutsOf({ name, root, classes }: Dataset): CutOuts {
  return { name, root, classes: classes.map(({ name: ofClass, samples }) => ({ name: ofClass, cutOuts: samples })) };
}

/**
 * Finds the cut-outs in a folder with a folder for each class: PNGs and WebPs with alpha, or photographs with masks as in
 * the layouts `'fss'` (`1.jpg` beside `1.png`) and `'folder'` (`images/1.jpg`, `masks/1.png`). One picture of each class
 * is looked at; the others are when they are pasted.
 *
 * @throws FormatError for a folder that cannot be read or has no class folders, a class without pictures, a photograph
 *   without a mask, and a picture without alpha
 */
export async function openCutOuts(root: string): Promise<CutOuts> {
  const { folders } = await listFolder(root);
  if (folders.length === 0)
    throw new FormatError(
      'cut-outs',
      `${root} holds no class folders; cut-outs lie in <class>/NAME.png with alpha, or in <class>/NAME.jpg beside a mask NAME.png`,
    );
  const classes = await mapSeveral(folders, async (name) => ({ name, cutOuts: await findCutOuts(join(root, name)) }));
  await mapSeveral(classes, async ({ cutOuts: [first] }) => {
    if (first !== undefined && first.mask === undefined) await checkAlpha(first.image);
  });
  return { name: basename(resolve(root)), root, classes };
}

/**
 * The cut-outs without classes of these names, whichever way they are written: `cell phone` leaves out `cell-phone`, and
 * PASCAL VOC's `sofa` leaves out `couch`.
 */
export function leaveOutClasses(cutOuts: CutOuts, names: readonly string[]): CutOuts {
  const classes = cutOuts.classes.filter((each) => !names.some((name) => isSameClass(each.name, name)));
  return { ...cutOuts, classes };
}

/**
 * The cut-outs in the folder of one class.
 *
 * @throws FormatError as `openCutOuts`
 */
export async function findCutOuts(folder: string): Promise<readonly CutOut[]> {
  const { folders, files } = await listFolder(folder);
  const apart = apartFolders(folders);
  const found =
    apart !== undefined
      ? pairedSamples(await pairApart(folder, apart))
      : beside(files.map((file) => join(folder, file)));
  if (found.length > 0) return found;
  throw new FormatError(
    'cut-outs',
    `${folder} holds no cut-outs: no PNG or WebP with alpha, and no photograph with a mask; add some, or remove the folder`,
  );
}

/** @throws FormatError for a photograph without a mask */
function pairedSamples({ samples, strays }: PairedFiles): readonly Sample[] {
  const bare = strays.find(({ kind }) => kind === 'missing-mask');
  if (bare !== undefined) throw new FormatError('cut-outs', `${bare.file}: ${bare.message}`);
  return samples;
}

/** Photographs with masks of the same names, and pictures with alpha. */
function beside(files: readonly string[]): CutOut[] {
  const pictures = files.filter(isImageName);
  const { samples } = pairBeside(pictures, 'auto');
  const paired = new Set(samples.flatMap(({ image, mask }) => [image, mask]));
  const alone = pictures.filter((file) => !paired.has(file));
  const bare = alone.find((file) => extension(file) !== '.png' && extension(file) !== '.webp');
  if (bare !== undefined)
    throw new FormatError(
      'cut-outs',
      `there is no mask ${basename(bare, extension(bare))}.png for ${bare}, and a JPEG has no alpha; add the mask, or save the cut-out as PNG`,
    );
  return [...samples, ...alone.map((image) => ({ image }))];
}

async function checkAlpha(file: string): Promise<void> {
  const { transparent } = await imageFacts(await readBytes(file, 'cut-out'), file);
  if (!transparent) throw withoutAlpha(file);
}

/**
 * The photographs in a folder, in the order of their names. Folders in it are looked into, too.
 *
 * @throws FormatError for a folder that cannot be read, or holds no JPEG, PNG or WebP
 */
export async function findPhotographs(folder: string): Promise<readonly string[]> {
  const found = await photographsIn(folder);
  if (found.length > 0) return found;
  throw new FormatError('photographs', `${folder} holds no photographs; they must be JPEG, PNG or WebP`);
}

async function photographsIn(folder: string): Promise<string[]> {
  const { folders, files } = await listFolder(folder);
  const inside = await mapSeveral(folders, (name) => photographsIn(join(folder, name)));
  return [...files.filter(isImageName).map((file) => join(folder, file)), ...inside.flat()];
}
