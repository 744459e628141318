import { FormatError } from '@hypercorr/tensor';
import { drawMask } from '../coco/drawn-mask.ts';
import type { ReadSample, Sample } from '../episode/dataset.ts';
import type { Mask, RgbImage, Size } from '../image/image.ts';
import { resizeBilinear } from '../image/resize-bilinear.ts';
import { resizeNearest } from '../image/resize-nearest.ts';
import { isTransposed, upright, type Orientation } from '../image/orientation.ts';
import { applyMeaning, maskMeaning, type Foreground } from '../mask/binary-mask.ts';
import {
  decodeIndices,
  decodeMask,
  decodeNonzero,
  indexedMask,
  type DecodedMask,
  type MaskEncoding,
} from '../mask/decode-mask.ts';
import { decodeImage, decodeReduced, imageFacts, type ReducedImage } from './decode-image.ts';
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
  /** Why the meaning of the values is a guess, in words; undefined where they leave no doubt. */
  readonly doubt: string | undefined;
}

/**
 * Reads the mask of the class that `foreground` selects from a PNG. It is turned as its EXIF orientation says.
 *
 * @throws FormatError that names the file and what is wrong with it
 */
export async function readMask(path: string, foreground: Foreground = 'auto'): Promise<ReadMask> {
  const decoded = await decodeSampleMask({ mask: path, foreground });
  const meaning = maskMeaning(decoded, path, foreground);
  const { encoding, values } = decoded;
  return { mask: applyMeaning(decoded, meaning), encoding, values, doubt: meaning.doubt };
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
  if (foreground === 'nonzero') return decodeNonzero(bytes, mask);
  return typeof foreground === 'number' || foreground === 'index'
    ? decodeIndices(bytes, mask)
    : decodeMask(bytes, mask);
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
 *   without an object, at its own size or at this one
 */
export async function readSample(
  sample: Sample,
  size?: Size,
  { originalMask = false, reduce = false }: ReadingOptions = {},
): Promise<ReadSample> {
  const { image, decoded } = await readFiles(sample, { reduce: reduce || size !== undefined });
  const meaning = maskMeaning(decoded, sample.mask, sample.foreground);
  const mask = applyMeaning(decoded, meaning);
  checkMarksObject(sample, mask);
  const more = {
    ...(originalMask ? { originalMask: mask } : {}),
    ...(meaning.doubt === undefined ? {} : { doubt: meaning.doubt }),
  };
  if (size === undefined) return { sample, image, mask: maskAt(image, mask), ...more };
  const resized = resizeNearest(mask, size);
  // A mask of its own size still scores what the smaller one does not show.
  if (!originalMask && sample.mayVanish !== true) checkStillMarked(sample, resized, size);
  return { sample, image: resizeBilinear(image, size), mask: resized, ...more };
}

/** What the files of a sample hold. */
export interface SampleFiles extends ReducedImage {
  /** Turned as its photograph is; it has the photograph's size. */
  readonly decoded: DecodedMask;
}

/**
 * Reads the files of a sample. The photograph's size is checked before annotations are drawn, so that they cannot claim a
 * huge one.
 *
 * @throws FormatError that names the file: for a file that cannot be read, and for sizes that differ
 */
export async function readFiles(
  sample: Sample,
  { reduce = false }: Pick<ReadingOptions, 'reduce'> = {},
): Promise<SampleFiles> {
  const { drawn } = sample;
  const bytes = await readBytes(sample.image, 'image');
  const decode = async (): Promise<ReducedImage> => {
    if (reduce) return decodeReduced(bytes, sample.image);
    const image = await decodeImage(bytes, sample.image);
    return { image, size: image };
  };
  if (drawn !== undefined) {
    const read = await decode();
    const turn = await turnFor(sample, { bytes, size: read.size }, { ...drawn, own: 1 });
    return { ...read, decoded: turned(await decodeSampleMask(sample), turn) };
  }
  const [read, decoded] = await Promise.all([decode(), decodeSampleMask(sample)]);
  const turn = await turnFor(sample, { bytes, size: read.size }, { ...decoded.mask, own: decoded.orientation });
  return { ...read, decoded: turned(decoded, turn) };
}

function turned(decoded: DecodedMask, turn: Orientation): DecodedMask {
  return { ...decoded, mask: upright(decoded.mask, turn) };
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/**
 * As `turnOf`, for a photograph whose header is read only where it decides.
 *
 * @param photograph its file's bytes, and its size as it is turned
 */
export async function turnFor(
  sample: Sample,
  { bytes, size }: { readonly bytes: Uint8Array; readonly size: Size },
  mask: Size & { readonly own: Orientation },
): Promise<Orientation> {
  if (sample.overStored !== true && isSameSize(size, mask)) return 1;
  const { orientation } = await imageFacts(bytes, sample.image);
  return turnOf(sample, { image: size, orientation }, mask);
}

/**
 * How a mask has to be turned to fit its photograph, which is turned already.
 *
 * @param mask its size, and the orientation of its own by which it was turned
 * @throws FormatError that names both files and their sizes, if neither way makes them fit
 */
export function turnOf(
  sample: Sample,
  { image, orientation }: { readonly image: Size; readonly orientation: Orientation },
  { own, ...mask }: Size & { readonly own: Orientation },
): Orientation {
  const fits = isSameSize(image, mask);
  const asShown = isTransposed(orientation) ? { width: mask.height, height: mask.width } : mask;
  const fitsTurned = own === 1 && isSameSize(image, asShown);
  if (fitsTurned && (sample.overStored === true || !fits)) return orientation;
  checkSameSize(sample, image, mask);
  return 1;
}

/** A mask at the size of its photograph, which may have been reduced. */
export function maskAt({ width, height }: Size, mask: Mask): Mask {
  return isSameSize(mask, { width, height }) ? mask : resizeNearest(mask, { width, height });
}

/** @throws FormatError that names both files and their sizes */
export function checkSameSize(sample: Sample, image: Size, mask: Size): void {
  if (isSameSize(image, mask)) return;
  const swapped = image.width === mask.height && image.height === mask.width;
  const remedy = swapped ? 'was one of them turned?' : "a mask has its photograph's size";
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

/** @throws FormatError for a mask whose object is too small for the size that it was resized to */
function checkStillMarked(sample: Sample, resized: Mask, { width, height }: Size): void {
  if (resized.data.includes(1)) return;
  throw new FormatError(
    'mask',
    `${sample.mask}: its object${indexHint(sample)} is so small that none of it is left at ${width}×${height}; choose a larger size, or crop the photograph`,
  );
}

function indexHint({ foreground }: Sample): string {
  return typeof foreground === 'number' ? ` (index ${foreground})` : '';
}
