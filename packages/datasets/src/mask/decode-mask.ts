import { FormatError } from '@hypercorr/tensor';
import { vocPalette } from '../image/encode-png.ts';
import { voidIndex, type Mask } from '../image/image.ts';
import { readPng, type PngSamples } from './read-png.ts';

/**
 * How a mask marks its object:
 * - `'0/1'` and `'0/255'`: the two conventions of binary masks;
 * - `'grey'`: grey levels, as in a smoothed or rescaled binary mask;
 * - `'indexed'`: one number for each class (or object), 255 for void;
 * - `'empty'`: only zeros.
 */
export type MaskEncoding = 'empty' | '0/1' | '0/255' | 'grey' | 'indexed';

/** A mask's values as the file holds them. */
export interface DecodedMask {
  readonly mask: Mask;
  readonly encoding: MaskEncoding;
  /** The values that occur, ascending. */
  readonly values: readonly number[];
}

/**
 * Decodes a mask from a PNG's bytes: greyscale of any depth, palette (its indices, not its colours), or colour whose
 * three channels are almost equal, as in FSS-1000.
 *
 * @param file named in errors
 * @throws FormatError for bytes that are no complete PNG, for colours, for transparency, and for 16-bit values that are
 *   neither indices nor grey levels
 */
export function decodeMask(bytes: Uint8Array, file: string): DecodedMask {
  const png = readPng(bytes, file);
  const { width, height, palette } = png;
  if (palette === undefined)
    return describe(width, height, intensities(singleChannel(png, file), png.depth, file), 'grey');
  const indices = new Uint8Array(png.data);
  const blackAndWhite = blackAndWhiteOf(indices, palette);
  return blackAndWhite === undefined
    ? describe(width, height, indices, 'indexed')
    : describe(width, height, blackAndWhite, 'grey');
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
  return indexedMask({ width: png.width, height: png.height, data });
}

/** A mask of class numbers that comes from no file. */
export function indexedMask({ width, height, data }: Mask): DecodedMask {
  return describe(width, height, data, 'indexed');
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

function describe(width: number, height: number, data: Uint8Array, many: 'grey' | 'indexed'): DecodedMask {
  const values = valuesOf(data);
  return { mask: { width, height, data }, encoding: encodingOf(values, many), values };
}

type Samples = PngSamples['data'];

/**
 * The largest difference between the channels of a grey pixel, of 255: FSS-1000's masks have pixels such as (1, 1, 0).
 * A larger difference is a colour.
 */
const sameGrey = 16;

/** The single plane of a greyscale picture, or of a colour picture that is grey. */
function singleChannel({ channels, depth, width, data }: PngSamples, file: string): Samples {
  if (channels === 1) return data;
  const plane = data.slice(0, data.length / channels);
  const hasAlpha = channels % 2 === 0;
  const tolerated = depth === 16 ? sameGrey * 257 : sameGrey;
  for (let pixel = 0, i = 0; pixel < plane.length; pixel += 1, i += channels) {
    const red = data[i] ?? 0;
    plane[pixel] = red;
    if (hasAlpha && data[i + channels - 1] !== data[channels - 1]) {
      throw new FormatError(
        'mask',
        `${file} is transparent in places; save it without an alpha channel, the object white on black`,
      );
    }
    if (channels < 3) continue;
    const green = data[i + 1] ?? 0;
    const blue = data[i + 2] ?? 0;
    if (red === green && red === blue) continue;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > tolerated) {
      throw new FormatError(
        'mask',
        `${file} is coloured: red, green and blue are ${red}, ${green}, ${blue} at x ${pixel % width}, y ${Math.floor(pixel / width)}; ` +
          'save it with one number a pixel, as a greyscale or palette PNG',
      );
    }
    plane[pixel] = luma(red, green, blue);
  }
  return plane;
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

/** 0 and 255 if the picture uses only black and white of its palette. Optimisers number such colours arbitrarily. */
function blackAndWhiteOf(indices: Uint8Array, palette: readonly (readonly number[])[]): Uint8Array | undefined {
  const isColour = (index: number, level: number): boolean =>
    palette[index]?.slice(0, 3).every((part) => part === level) === true;
  const used = valuesOf(indices);
  const white = used.filter((index) => isColour(index, 255));
  if (white.length === 0 || !used.every((index) => white.includes(index) || isColour(index, 0))) return undefined;
  return indices.map((index) => (white.includes(index) ? 255 : 0));
}

function valuesOf(data: Uint8Array): readonly number[] {
  const seen = new Uint8Array(256);
  for (let i = 0; i < data.length; i += 1) seen[data[i] ?? 0] = 1;
  return [...seen.keys()].filter((value) => seen[value] === 1);
}

/** Class numbers end below 128 (COCO's at 90), so a value between 128 and void is a grey level. */
const firstGreyLevel = 128;

/**
 * @param samples what the file's samples are: grey levels, or palette indices. The palette index 255 does not mean
 *   white
 */
function encodingOf(values: readonly number[], samples: 'grey' | 'indexed'): MaskEncoding {
  const isEach = (other: number): boolean => values.every((value) => value === 0 || value === other);
  if (isEach(0)) return 'empty';
  if (isEach(1)) return '0/1';
  if (samples === 'indexed') return 'indexed';
  if (isEach(255)) return '0/255';
  return values.some((value) => value >= firstGreyLevel && value < voidIndex) ? 'grey' : 'indexed';
}
