import { FormatError, ShapeError } from '@hypercorr/tensor';
import { voidIndex, type Mask } from '../image/image.ts';
import { everyByte, type DecodedMask } from './decode-mask.ts';

/** What the values of a mask of one class may mean, where somebody says it. */
export const maskReadings = ['auto', 'binary', 'index', 'nonzero'] as const;
export type MaskReading = (typeof maskReadings)[number];

/**
 * Which of a mask's values are the object:
 * - a number: this index; 255 is void (PASCAL VOC, COCO);
 * - `'binary'`: values from 128 on, or 1 if no value is larger, as FSS-1000's masks must be read;
 * - `'index'`: the only index beside 0; 255 is void;
 * - `'nonzero'`: whatever is not 0, or not black; nothing is void;
 * - `'auto'`: depends on the mask's encoding, and that on the areas of its values. An indexed mask must then mark a single
 *   class.
 */
export type Foreground = MaskReading | number;

/** From this grey level on, a pixel is the object, as in FSS-1000's own loader. */
const bright = 128;

/** What a mask's values mean. */
export interface MaskMeaning {
  /** 0 background, 1 object or 255 void, for each of the values 0 … 255. */
  readonly of: Uint8Array;
  /** Why the meaning is a guess, with figures, in words; undefined where the values leave no doubt. */
  readonly doubt: string | undefined;
}

/**
 * The mask of one class: 0 background, 1 object, 255 void.
 *
 * @param file named in errors
 * @throws FormatError for an indexed mask of several classes, where `'auto'` cannot choose one; ShapeError for an index
 *   outside 1 … 254
 */
export function binaryMask(decoded: DecodedMask, file: string, foreground: Foreground = 'auto'): Mask {
  return applyMeaning(decoded, maskMeaning(decoded, file, foreground));
}

/** The binary mask that a meaning makes of a mask. */
export function applyMeaning({ mask: { width, height, data } }: DecodedMask, { of }: MaskMeaning): Mask {
  const binary = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) binary[i] = of[data[i] ?? 0] ?? 0;
  return { width, height, data: binary };
}

/** The meaning of a mask's values. @throws as `binaryMask` */
export function maskMeaning(decoded: DecodedMask, file: string, foreground: Foreground = 'auto'): MaskMeaning {
  const { of, doubt } = meaningOf(decoded, file, foreground);
  return { of, doubt: decoded.doubt ?? doubt };
}

function meaningOf(decoded: DecodedMask, file: string, foreground: Foreground): MaskMeaning {
  const { encoding, values } = decoded;
  if (typeof foreground === 'number') return { of: isIndex(foreground), doubt: doubtfulVoid(decoded) };
  if (foreground === 'nonzero') return { of: isFrom(1), doubt: undefined };
  if (foreground === 'binary') return { of: isFrom((values.at(-1) ?? 0) <= 1 ? 1 : bright), doubt: undefined };
  if (foreground === 'index') return { of: isIndex(onlyIndex(values, file)), doubt: undefined };
  switch (encoding) {
    case 'empty':
    case '0/1':
      return { of: isFrom(1), doubt: undefined };
    case '0/255':
    case 'grey':
      return { of: isFrom(bright), doubt: strayValues(decoded) };
    case 'indexed':
      return meaningOfIndex(decoded, onlyIndex(values, file));
  }
}

/** The meaning where one index may be the object. The areas tell whether 255 is void. */
function meaningOfIndex(decoded: DecodedMask, index: number): MaskMeaning {
  const of = isIndex(index);
  const { counts } = decoded;
  const [object, void255] = [counts[index] ?? 0, counts[voidIndex] ?? 0];
  if (counts[0] === 0 && void255 > object) {
    // Void lies between an object and its background, and has less than half of the pixels.
    of[voidIndex] = 0;
    return { of, doubt: `no pixel is 0, and ${share(decoded, voidIndex)} are 255: that is taken for the background` };
  }
  const doubt =
    void255 > object
      ? `255 is taken for void (${share(decoded, voidIndex)}), and ${index} for the object (${share(decoded, index)})`
      : undefined;
  return { of, doubt };
}

function isFrom(least: number): Uint8Array {
  return everyByte.map((value) => (value >= least ? 1 : 0));
}

function isIndex(index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 1 || index >= voidIndex) {
    throw new ShapeError('mask', `an object's index must be a whole number from 1 to 254; got ${index}`);
  }
  return everyByte.map((value) => (value === voidIndex ? voidIndex : value === index ? 1 : 0));
}

/** The only index beside background and void; 1 if the mask has just void. */
function onlyIndex(values: readonly number[], file: string): number {
  const [index = 1, ...others] = values.filter((value) => value > 0 && value < voidIndex);
  if (others.length === 0) return index;
  throw new FormatError(
    'mask',
    `${file} is an indexed mask of several classes (${[index, ...others].join(', ')}); save a mask of one class alone`,
  );
}

/** A mask that is void for the most part may mean something else by 255. */
function doubtfulVoid(decoded: DecodedMask): string | undefined {
  if (2 * (decoded.counts[voidIndex] ?? 0) <= pixelsOf(decoded)) return undefined;
  return `255 is taken for void: ${share(decoded, voidIndex)} are neither object nor background`;
}

/** Values between black and white in a mask that is read as black and white, though they would be indices in another one. */
function strayValues({ encoding, values, counts }: DecodedMask): string | undefined {
  if (encoding !== '0/255') return undefined;
  const stray = values.filter((value) => value > 0 && value < voidIndex);
  if (stray.length === 0) return undefined;
  const pixels = stray.reduce((sum, value) => sum + (counts[value] ?? 0), 0);
  return (
    `${pixels} ${pixels === 1 ? 'pixel is' : 'pixels are'} ${stray.join(' or ')}, and ${counts[voidIndex]} are 255: ` +
    'it is read as black and white, and these pixels as background'
  );
}

function pixelsOf({ mask }: DecodedMask): number {
  return mask.width * mask.height;
}

function share(decoded: DecodedMask, value: number): string {
  return `${((100 * (decoded.counts[value] ?? 0)) / pixelsOf(decoded)).toFixed(1)} % of the pixels`;
}
