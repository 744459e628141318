import { FormatError } from '@hypercorr/tensor';
import { drawMask, type DrawnMask } from '../coco/drawn-mask.ts';
import type { ReadSample, Sample } from '../episode/dataset.ts';
import type { Mask, RgbImage, Size } from '../image/image.ts';
import { resizeBilinear } from '../image/resize-bilinear.ts';
import { resizeNearest } from '../image/resize-nearest.ts';
import { binaryMask, type Foreground } from '../mask/binary-mask.ts';
import { decodeIndices, decodeMask, indexedMask, type DecodedMask, type MaskEncoding } from '../mask/decode-mask.ts';
import { decodeImage, decodeReduced, type ReducedImage } from './decode-image.ts';
import { readBytes } from './read-file.ts';

/**
 * Reads a JPEG, PNG or WebP as 8-bit RGB, turned as its EXIF orientation says. `decodeImage` has the details.
 *
 * @throws FormatError that names the file and what is wrong with it
 */
export async function readImage(path: string): Promise<RgbImage> {
  return decodeImage(await readBytes(path, 'image'), path);
}

/**
 * As `readImage`, for a network that sees photographs small: one of more than 2²⁵ pixels is reduced while it is decoded.
 *
 * @returns the photograph, and its size before
 * @throws FormatError as `readImage`
 */
export async function readReduced(path: string): Promise<ReducedImage> {
  return decodeReduced(await readBytes(path, 'image'), path);
}

/** The mask of one class, and how its file marks it. */
export interface ReadMask {
  /** 0 background, 1 object, 255 void. */
  readonly mask: Mask;
  readonly encoding: MaskEncoding;
  /** The values that occur in the file, ascending. */
  readonly values: readonly number[];
}

/**
 * Reads the mask of the class that `foreground` selects from a PNG.
 *
 * @throws FormatError that names the file and what is wrong with it
 */
export async function readMask(path: string, foreground: Foreground = 'auto'): Promise<ReadMask> {
  const decoded = await decodeSampleMask({ mask: path, foreground });
  return { mask: binaryMask(decoded, path, foreground), encoding: decoded.encoding, values: decoded.values };
}

/**
 * Decodes a sample's mask of all classes, from its file or its annotations. @throws FormatError that names the file and
 * what is wrong with it
 */
export async function decodeSampleMask({
  mask,
  foreground,
  drawn,
}: Pick<Sample, 'mask' | 'foreground' | 'drawn'>): Promise<DecodedMask> {
  if (drawn !== undefined) return indexedMask(drawMask(drawn, mask));
  const bytes = await readBytes(mask, 'mask');
  return typeof foreground === 'number' ? decodeIndices(bytes, mask) : decodeMask(bytes, mask);
}

/** What `readSample` also reads. */
export interface ReadingOptions {
  /** Whether to return the mask at its own size too. False if absent. */
  readonly originalMask?: boolean;
  /**
   * Whether a photograph of more than 2²⁵ pixels, and its mask, are reduced where no size is given: for networks, which
   * see them small. False if absent.
   */
  readonly reduce?: boolean;
}

/**
 * Reads a sample's photograph and mask, which must have the same size. If a size is given, it then resizes the
 * photograph as Pillow does, and the mask to nearest pixels. One of more than 2²⁵ pixels is reduced before, while it is
 * decoded.
 *
 * @throws FormatError that names the file: for a file that cannot be read, for sizes that differ, and for a mask
 *   without an object
 */
export async function readSample(
  sample: Sample,
  size?: Size,
  { originalMask = false, reduce = false }: ReadingOptions = {},
): Promise<ReadSample> {
  const read = reduce || size !== undefined ? readReduced : readWhole;
  const [{ image, size: own }, decoded] =
    sample.drawn === undefined
      ? await Promise.all([read(sample.image), decodeSampleMask(sample)])
      : await drawOver(sample, sample.drawn, read);
  const mask = binaryMask(decoded, sample.mask, sample.foreground);
  checkSameSize(sample, own, mask);
  checkMarksObject(sample, mask);
  const original = originalMask ? { originalMask: mask } : {};
  if (size === undefined) return { sample, image, mask: maskAt(image, mask), ...original };
  return { sample, image: resizeBilinear(image, size), mask: resizeNearest(mask, size), ...original };
}

/**
 * Reads a photograph and draws its mask. The photograph's size is checked first, so that annotations cannot claim a
 * huge one.
 */
async function drawOver(
  sample: Sample,
  drawn: DrawnMask,
  read: (path: string) => Promise<ReducedImage>,
): Promise<[ReducedImage, DecodedMask]> {
  const image = await read(sample.image);
  checkSameSize(sample, image.size, drawn);
  return [image, await decodeSampleMask(sample)];
}

async function readWhole(path: string): Promise<ReducedImage> {
  const image = await readImage(path);
  return { image, size: image };
}

/** A mask at the size of its photograph, which may have been reduced. */
export function maskAt({ width, height }: Size, mask: Mask): Mask {
  return width === mask.width && height === mask.height ? mask : resizeNearest(mask, { width, height });
}

/** @throws FormatError that names both files and their sizes */
export function checkSameSize(sample: Sample, image: Size, mask: Size): void {
  if (image.width === mask.width && image.height === mask.height) return;
  const swapped = image.width === mask.height && image.height === mask.width;
  const remedy = swapped
    ? 'was the mask drawn before the photograph was turned by its EXIF orientation?'
    : "a mask has its photograph's size";
  throw new FormatError(
    'mask',
    `${sample.mask} is ${mask.width}×${mask.height}, and its photograph ${sample.image} is ${image.width}×${image.height}; ${remedy}`,
  );
}

/** @throws FormatError for a mask that marks nothing, since no episode can use it */
export function checkMarksObject(sample: Sample, mask: Mask): void {
  if (mask.data.includes(1)) return;
  throw new FormatError(
    'mask',
    `${sample.mask} is empty: it marks no pixel as the object${indexHint(sample)}; mark it, or remove the pair`,
  );
}

function indexHint({ foreground }: Sample): string {
  return typeof foreground === 'number' ? ` (index ${foreground})` : '';
}
