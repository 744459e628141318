import { FormatError } from '@hypercorr/tensor';
import { vocPalette } from '../image/encode-png.ts';
import { voidIndex, type Mask } from '../image/image.ts';
import { upright, type Orientation } from '../image/orientation.ts';
import { readPng, type PngSamples } from './read-png.ts';

/** @internal The values that a pixel may have. */
export const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);

/**
 * How a mask marks its object:
 * - `'0/1'` and `'0/255'`: the two conventions of binary masks. The second may have a few stray pixels of low values;
 * - `'grey'`: grey levels, as in a smoothed or rescaled binary mask;
 * - `'indexed'`: one number for each class (or object), 255 for void;
 * - `'empty'`: only zeros.
 */
export type MaskEncoding = 'empty' | '0/1' | '0/255' | 'grey' | 'indexed';

/** A mask's values as the file holds them. */
export interface DecodedMask {
  /** As it is seen: turned by its file's EXIF orientation. */
  readonly mask: Mask;
  /** The EXIF orientation that its file says; 1 where it says none. */
  readonly orientation: Orientation;
  readonly encoding: MaskEncoding;
  /** The values that occur, ascending. */
  readonly values: readonly number[];
  /** How many pixels have each of the values 0 … 255. */
  readonly counts: Uint32Array;
  /** Why the numbers may not be those that somebody drew, in words; undefined where nothing says so. */
  readonly doubt?: string;
}

/**
 * Decodes a mask from a PNG's bytes: greyscale of any depth, palette (its indices, not its colours), or colour whose
 * three channels are almost equal, as in FSS-1000. It is turned as its EXIF orientation says.
 *
 * @param file named in errors
 * @throws FormatError for bytes that are no complete PNG, for colours, for transparency, and for 16-bit values that are
 *   neither indices nor grey levels
 */
export function decodeMask(bytes: Uint8Array, file: string): DecodedMask {
  const png = readPng(bytes, file);
  const { palette } = png;
  if (palette === undefined) return describe(png, intensities(singleChannel(png, file), png.depth, file), 'grey');
  const indices = new Uint8Array(png.data);
  const blackAndWhite = blackAndWhiteOf(indices, palette);
  return blackAndWhite === undefined ? describe(png, indices, 'indexed') : describe(png, blackAndWhite, 'grey');
}

/**
 * Decodes a mask by what is black and what is not: 0 and 255. A palette tells the colours of its indices, unless all of them
 * are black.
 *
 * @param file named in errors
 * @throws FormatError for bytes that are no complete PNG, and for transparency
 */
export function decodeNonzero(bytes: Uint8Array, file: string): DecodedMask {
  const png = readPng(bytes, file);
  const { palette, channels, data } = png;
  if (palette !== undefined) {
    const isBlack = palette.map(isOfLevel(0));
    const isDrawn = isBlack.includes(false) ? isBlack.map((black) => !black) : palette.map((_, index) => index > 0);
    return describe(
      png,
      new Uint8Array(png.data).map((index) => (isDrawn[index] === true ? 255 : 0)),
      'grey',
    );
  }
  checkOpaque(png, file);
  const colours = channels - 1 + (channels % 2);
  const drawn = new Uint8Array(png.width * png.height);
  for (let pixel = 0; pixel < drawn.length; pixel += 1)
    for (let i = 0; i < colours; i += 1) if ((data[pixel * channels + i] ?? 0) > 0) drawn[pixel] = 255;
  return describe(png, drawn, 'grey');
}

/**
 * Decodes a mask of class numbers: a palette's indices, grey levels as they are, or the colours of PASCAL VOC's
 * palette, turned back into its indices.
 *
 * @param file named in errors
 * @throws FormatError as `decodeMask`
 */
export function decodeIndices(bytes: Uint8Array, file: string): DecodedMask {
  const png = readPng(bytes, file);
  const data =
    png.palette === undefined
      ? (indicesOfColours(png) ?? intensities(singleChannel(png, file), png.depth, file))
      : new Uint8Array(png.data);
  const decoded = describe(png, data, 'indexed');
  const doubt = png.palette && sortedPalette(decoded, png.palette);
  return doubt === undefined ? decoded : { ...decoded, doubt };
}

/** A mask of class numbers that comes from no file. */
export function indexedMask({ width, height, data }: Mask): DecodedMask {
  return describe({ width, height, orientation: 1 }, data, 'indexed');
}

/** A mask of grey levels, or of class numbers, that comes from no file. */
export function greyMask({ width, height, data }: Mask): DecodedMask {
  return describe({ width, height, orientation: 1 }, data, 'grey');
}

/** Maps VOC's colours, 256 · (256 · red + green) + blue, to their indices. */
const vocIndices = new Map(vocPalette().map((colour, index) => [colourNumber(...colour), index]));

function colourNumber(red: number, green: number, blue: number): number {
  return 256 * (256 * red + green) + blue;
}

/** The indices of a picture in VOC's colours; undefined for other colours, for greys alone, and with alpha. */
function indicesOfColours({ channels, depth, data }: PngSamples): Uint8Array | undefined {
  if (channels !== 3 || depth !== 8) return undefined;
  const indices = new Uint8Array(data.length / 3);
  let isGrey = true;
  for (let pixel = 0; pixel < indices.length; pixel += 1) {
    const [red = 0, green = 0, blue = 0] = [data[3 * pixel], data[3 * pixel + 1], data[3 * pixel + 2]];
    const index = vocIndices.get(colourNumber(red, green, blue));
    if (index === undefined) return undefined;
    indices[pixel] = index;
    if (red !== green || red !== blue) isGrey = false;
  }
  return isGrey ? undefined : indices;
}

function describe(
  { width, height, orientation }: Pick<PngSamples, 'width' | 'height' | 'orientation'>,
  data: Uint8Array,
  many: 'grey' | 'indexed',
): DecodedMask {
  const counts = countsOf(data);
  const values = valuesOf(counts);
  const mask = upright({ width, height, data }, orientation);
  return { mask, orientation, encoding: encodingOf(counts, values, many), values, counts };
}

type Samples = PngSamples['data'];

/**
 * The largest difference between the channels of a grey pixel, of 255: FSS-1000's masks have pixels such as (1, 1, 0).
 * A larger difference is a colour.
 */
const sameGrey = 16;

/** The single plane of a greyscale picture, or of a colour picture that is grey. */
function singleChannel(png: PngSamples, file: string): Samples {
  const { channels, depth, width, data } = png;
  if (channels === 1) return data;
  checkOpaque(png, file);
  const plane = data.slice(0, data.length / channels);
  const tolerated = depth === 16 ? sameGrey * 257 : sameGrey;
  for (let pixel = 0, i = 0; pixel < plane.length; pixel += 1, i += channels) {
    const red = data[i] ?? 0;
    plane[pixel] = red;
    if (channels < 3) continue;
    const green = data[i + 1] ?? 0;
    const blue = data[i + 2] ?? 0;
    if (red === green && red === blue) continue;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > tolerated) {
      throw new FormatError(
        'mask',
        `${file} is coloured: red, green and blue are ${red}, ${green}, ${blue} at x ${pixel % width}, y ${Math.floor(pixel / width)}; ` +
          'save it with one number a pixel, as a greyscale or palette PNG, or read it as nonzero: what is not black is the object',
      );
    }
    plane[pixel] = luma(red, green, blue);
  }
  return plane;
}

/** @throws FormatError for a picture whose alpha differs from pixel to pixel */
function checkOpaque({ channels, data }: PngSamples, file: string): void {
  if (channels % 2 === 1) return;
  const first = data[channels - 1];
  for (let i = channels - 1; i < data.length; i += channels)
    if (data[i] !== first)
      throw new FormatError(
        'mask',
        `${file} is transparent in places; save it without an alpha channel, the object white on black`,
      );
}

/** ITU-R 601 in fixed point, as Pillow's `convert('L')`. */
function luma(red: number, green: number, blue: number): number {
  return Math.floor((19595 * red + 38470 * green + 7471 * blue + 2 ** 15) / 2 ** 16);
}

/**
 * Grey samples as bytes. Shallow depths are scaled up to 255, as every decoder does. Deep ones are converted only if
 * nothing is lost.
 */
function intensities(samples: Samples, depth: number, file: string): Uint8Array {
  if (depth < 8) return bytesOf(samples, (value) => (value * 255) / (2 ** depth - 1));
  if (depth === 8) return new Uint8Array(samples);
  let largest = 0;
  for (const value of samples) largest = Math.max(largest, value);
  if (largest <= 255) return new Uint8Array(samples);
  if (largest >= 2 ** 15) return bytesOf(samples, (value) => value >> 8);
  throw new FormatError(
    'mask',
    `${file} has 16-bit values up to ${largest}, neither indices below 256 nor grey levels; save it with 8 bits a pixel`,
  );
}

/** Like `Uint8Array.from`, which takes ten times as long. */
function bytesOf(samples: Samples, byteOf: (sample: number) => number): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) bytes[i] = byteOf(samples[i] ?? 0);
  return bytes;
}

type Palette = readonly (readonly number[])[];

/** Whether a palette's colour is a grey of this level. */
function isOfLevel(level: number): (colour: readonly number[] | undefined) => boolean {
  return (colour) => colour?.slice(0, 3).every((part) => part === level) === true;
}

/**
 * 0 and 255 if the picture uses only black and white of its palette, or black and one other colour while black is not its
 * index 0. Optimisers number such colours arbitrarily.
 */
function blackAndWhiteOf(indices: Uint8Array, palette: Palette): Uint8Array | undefined {
  const [isBlack, isWhite] = [isOfLevel(0), isOfLevel(255)];
  const used = valuesOf(countsOf(indices));
  const coloured = used.filter((index) => !isBlack(palette[index]));
  const [first] = coloured;
  if (first === undefined) return undefined;
  const isNumberedByAnOptimiser = coloured.length === 1 && used.length === 2 && !isBlack(palette[0]);
  if (!coloured.every((index) => isWhite(palette[index])) && !isNumberedByAnOptimiser) return undefined;
  return indices.map((index) => (coloured.includes(index) ? 255 : 0));
}

/** Class numbers whose 0 is a colour while another one is black. */
function sortedPalette({ values }: DecodedMask, palette: Palette): string | undefined {
  const black = values.find((index) => isOfLevel(0)(palette[index]));
  if (black === undefined || black === 0 || !values.includes(0) || isOfLevel(0)(palette[0])) return undefined;
  return `its palette has a colour for 0, and black for ${black}: a program that optimises pictures may have changed the numbers`;
}

function countsOf(data: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? 0;
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

function valuesOf(counts: Uint32Array): readonly number[] {
  return [...everyByte].filter((value) => (counts[value] ?? 0) > 0);
}

/** Class numbers end below 128 (COCO's at 90), so a value between 128 and void is a grey level. */
const firstGreyLevel = 128;

/**
 * Low values beside 0 and 255 are indices, and 255 is void; but where 255 has this many times their area, they are stray
 * pixels of a black and white mask, as FSS-1000 has them. VOC's void is a border: even that of an object of 3×3 pixels has
 * less than 20 times the object's area.
 */
const farOutweighs = 20;

/**
 * @param samples what the file's samples are: grey levels, or palette indices. The palette index 255 does not mean
 *   white
 */
function encodingOf(counts: Uint32Array, values: readonly number[], samples: 'grey' | 'indexed'): MaskEncoding {
  const isEach = (other: number): boolean => values.every((value) => value === 0 || value === other);
  if (isEach(0)) return 'empty';
  if (isEach(1)) return '0/1';
  if (samples === 'indexed') return 'indexed';
  if (values.some((value) => value >= firstGreyLevel && value < voidIndex)) return 'grey';
  const low = counts.subarray(1, firstGreyLevel).reduce((sum, count) => sum + count, 0);
  return low * farOutweighs <= (counts[voidIndex] ?? 0) ? '0/255' : 'indexed';
}
