import { basename, join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { cocoAnnotationsOf, type CocoImage } from '../coco/annotations.ts';
import { drawMask, outlinesObject, type DrawnMask, type Raster } from '../coco/drawn-mask.ts';
import type { Sample } from '../episode/dataset.ts';
import { KnownFiles } from '../files/known-files.ts';
import { isFolder, listFolder } from '../files/list-folder.ts';
import { isFile, readBytes } from '../files/read-file.ts';
import { readJson } from '../files/read-json.ts';
import { linesOf, decodeText } from '../files/text.ts';
import type { Mask } from '../image/image.ts';
import { decodeIndices } from '../mask/decode-mask.ts';
import { cocoCategories, cocoClasses, pascalClasses } from './classes.ts';
import { locateBenchmark } from './locate.ts';
import type { ListedPair } from './split-lists.ts';

/** The two sets that a benchmark's images are divided into. */
export type ImageSet = 'train' | 'test';

/** An image with its mask of all classes. */
export interface MaskedImage {
  /** The name that lists give it. */
  readonly image: string;
  readonly set: ImageSet;
  /** Reads its mask: class id + 1, 0 for background, 255 for void. */
  readMask(): Promise<Mask>;
}

/** Where the files of a benchmark's listed pairs are. */
export interface BenchmarkFiles {
  readonly root: string;
  /** The classes' names, by id. */
  readonly classNames: readonly string[];
  /** The files that a pair needs. */
  filesOf(pair: ListedPair): readonly string[];
  sampleOf(pair: ListedPair): Sample;
  /** Every image that has a mask, sorted. */
  masked(): Promise<readonly MaskedImage[]>;
}

/**
 * PASCAL-5i's files: `JPEGImages/NAME.jpg`, `SegmentationClassAug/NAME.png` (or in a folder of the same name in that).
 *
 * @param root VOC2012, or a folder with VOC2012 or VOCdevkit/VOC2012
 * @throws FormatError for a folder without them
 */
export async function pascalFiles(root: string): Promise<BenchmarkFiles> {
  const folder = await locateBenchmark(root, ['VOC2012', 'VOCdevkit/VOC2012'], ['JPEGImages', 'SegmentationClassAug'], {
    SegmentationClassAug: augmented,
  });
  const masks = await unpackedTwice(join(folder, 'SegmentationClassAug'));
  const photograph = (image: string): string => join(folder, 'JPEGImages', `${image}.jpg`);
  const mask = (image: string): string => join(masks, `${image}.png`);
  return {
    root: folder,
    classNames: pascalClasses,
    filesOf: ({ image }) => [photograph(image), mask(image)],
    sampleOf: ({ image, classId }) => ({
      name: image,
      image: photograph(image),
      mask: mask(image),
      foreground: classId + 1,
      mayVanish: true,
    }),
    async masked() {
      const tested = await namesOfVal(folder);
      const known = new KnownFiles();
      const images: MaskedImage[] = [];
      for (const file of (await listFolder(masks)).files) {
        const image = basename(file, '.png');
        if (!file.endsWith('.png') || !(await known.has(photograph(image)))) continue;
        images.push({ image, set: tested.has(image) ? 'test' : 'train', readMask: () => readIndices(mask(image)) });
      }
      return images;
    },
  };
}

const augmented =
  "It holds the masks of SBD (also called SDS), which VOC's own archive does not have; the repositories of HSNet and PFENet link to them";

/** A folder, or the folder of the same name in it, as some archives unpack. */
async function unpackedTwice(folder: string): Promise<string> {
  const inner = join(folder, basename(folder));
  return (await isFolder(inner)) ? inner : folder;
}

/** VOC's own list of its validation images. */
async function namesOfVal(folder: string): Promise<ReadonlySet<string>> {
  const file = join(folder, 'ImageSets', 'Segmentation', 'val.txt');
  if (!(await isFile(file))) {
    throw new FormatError(
      'list',
      `there are no split lists, and they cannot be made without ${file}, VOC's list of validation images; give the lists, or copy all of VOC2012`,
    );
  }
  return new Set(linesOf(decodeText(await readBytes(file, 'list'), file, 'list')).map(({ text }) => text));
}

const of2014 =
  'COCO-20i is made of COCO 2014. COCO 2017 has the same photographs under other names and in other sets: --layout and --benchmark coco-json take its annotations';

/** COCO's folders of images, by set. */
const cocoFolders = { train: 'train2014', test: 'val2014' } as const satisfies Record<ImageSet, string>;

/**
 * COCO-20i's files: images in train2014 and val2014, masks in `annotations/train2014/NAME.png` (and val2014). Without
 * that folder, masks are drawn from `annotations/instances_train2014.json`.
 *
 * @param root COCO2014, or a folder with it
 * @param sets the sets that are needed
 * @throws FormatError for a folder without them, and for annotations that cannot be understood or have other categories
 */
export async function cocoFiles(root: string, sets: readonly ImageSet[], raster: Raster): Promise<BenchmarkFiles> {
  const folder = await locateBenchmark(
    root,
    ['COCO2014', 'MSCOCO2014', 'coco'],
    ['annotations', ...sets.map((set) => cocoFolders[set])],
    { train2014: of2014, val2014: of2014 },
  );
  const sources = new Map<string, MaskSource>();
  for (const set of sets) sources.set(cocoFolders[set], await maskSource(folder, cocoFolders[set], raster));
  const sourceOf = (image: string): MaskSource | undefined => sources.get(image.split('/')[0] ?? '');
  return {
    root: folder,
    classNames: cocoClasses,
    filesOf: ({ image }) => [
      join(folder, image),
      ...(sourceOf(image)?.filesOf(image) ?? [join(folder, 'annotations', image)]),
    ],
    sampleOf: ({ image, classId }) => ({
      name: image,
      image: join(folder, image),
      foreground: classId + 1,
      mayVanish: true,
      ...maskOf(sourceOf(image), image, folder),
    }),
    async masked() {
      const images = await Promise.all(
        sets.map(async (set) => (await sources.get(cocoFolders[set])?.masked(set)) ?? []),
      );
      return images.flat();
    },
  };
}

type MaskOf = Pick<Sample, 'mask' | 'drawn'>;

/** Finds the masks of one of COCO's folders. */
interface MaskSource {
  filesOf(image: string): readonly string[];
  maskOf(image: string): MaskOf | undefined;
  masked(set: ImageSet): Promise<readonly MaskedImage[]>;
}

function maskOf(source: MaskSource | undefined, image: string, folder: string): MaskOf {
  const mask = source?.maskOf(image);
  if (mask !== undefined) return mask;
  throw new FormatError(
    'dataset',
    `the lists name ${image}, and the annotations in ${join(folder, 'annotations')} have no such image`,
  );
}

async function maskSource(folder: string, set: string, raster: Raster): Promise<MaskSource> {
  const masks = join(folder, 'annotations', set);
  return (await isFolder(masks))
    ? pngMasks(folder, masks, set)
    : annotatedMasks(join(folder, 'annotations', `instances_${set}.json`), set, raster);
}

function pngMasks(folder: string, masks: string, set: string): MaskSource {
  const maskFile = (image: string): string => join(folder, 'annotations', image.replace(/\.jpg$/, '.png'));
  return {
    filesOf: (image) => [maskFile(image)],
    maskOf: (image) => ({ mask: maskFile(image) }),
    async masked(imageSet) {
      const { files } = await listFolder(masks);
      const names = files.filter((file) => file.endsWith('.png')).map((file) => `${set}/${basename(file, '.png')}.jpg`);
      return names.map((image) => ({ image, set: imageSet, readMask: () => readIndices(maskFile(image)) }));
    },
  };
}

async function annotatedMasks(file: string, set: string, raster: Raster): Promise<MaskSource> {
  const { images, categories, skipped } = cocoAnnotationsOf(await readJson(file, 'annotations'), file);
  // Without some entries, masks would differ from the published ones.
  const [fault] = skipped;
  if (fault !== undefined) throw new FormatError('annotations', `${fault.file}: ${fault.message}`);
  const other = cocoCategories.findIndex(
    ([id, name]) => !categories.some((each) => each.id === id && each.name === name),
  );
  if (other >= 0 || categories.length !== cocoCategories.length) {
    throw new FormatError(
      'annotations',
      `${file} has ${categories.length} categories, and they are not COCO's 80; for annotations of your own, use the layout coco-json`,
    );
  }
  const byName = new Map(images.map((image) => [`${set}/${image.file}`, image]));
  const outlined = [...byName]
    .filter(([, { regions }]) => regions.some((region) => outlinesObject(region)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const drawnOf = ({ id, size, regions }: CocoImage): DrawnMask => {
    if (size !== undefined) return { ...size, regions, raster };
    throw new FormatError('annotations', `${file}: image ${id} has no width and height`);
  };
  return {
    filesOf: () => [],
    maskOf(image) {
      const known = byName.get(image);
      return known && { mask: `${file}#${known.id}`, drawn: drawnOf(known) };
    },
    masked: async (imageSet) =>
      outlined.map(([image, known]) => ({
        image,
        set: imageSet,
        readMask: async () => drawMask(drawnOf(known), `${file}#${known.id}`),
      })),
  };
}

async function readIndices(file: string): Promise<Mask> {
  return decodeIndices(await readBytes(file, 'mask'), file).mask;
}
