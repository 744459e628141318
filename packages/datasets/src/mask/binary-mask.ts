import { FormatError, ShapeError } from '@hypercorr/tensor';
import { voidIndex, type Mask } from '../image/image.ts';
import type { DecodedMask } from './decode-mask.ts';

/**
 * Which of a mask's values are the object:
 * - a number: this index; 255 is void (PASCAL VOC, COCO);
 * - `'bright'`: values from 128 on, or 1 if no value is larger, as FSS-1000's masks must be read;
 * - `'auto'`: depends on the mask's encoding. An indexed mask must then mark a single class.
 */
export type Foreground = 'auto' | 'bright' | number;

/** From this grey level on, a pixel is the object, as in FSS-1000's own loader. */
const bright = 128;

/**
 * The mask of one class: 0 background, 1 object, 255 void.
 *
 * @param file named in errors
 * @throws FormatError for an indexed mask of several classes, where `'auto'` cannot choose one; ShapeError for an index
 *   outside 1 … 254
 */
export function binaryMask(decoded: DecodedMask, file: string, foreground: Foreground = 'auto'): Mask {
  const meaning = everyByte.map(meaningOf(decoded, file, foreground));
  const { width, height, data } = decoded.mask;
  const binary = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) binary[i] = meaning[data[i] ?? 0] ?? 0;
  return { width, height, data: binary };
}

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Maps a value to 0, 1 or 255. */
type Meaning = (value: number) => number;

/** The meaning of a mask's values. */
function meaningOf({ encoding, values }: DecodedMask, file: string, foreground: Foreground): Meaning {
  if (typeof foreground === 'number') return isIndex(foreground);
  if (foreground === 'bright') return isFrom((values.at(-1) ?? 0) <= 1 ? 1 : bright);
  switch (encoding) {
    case 'empty':
    case '0/1':
      return isFrom(1);
    case '0/255':
    case 'grey':
      return isFrom(bright);
    case 'indexed':
      return isIndex(onlyIndex(values, file));
  }
}

function isFrom(least: number): Meaning {
  return (value) => (value >= least ? 1 : 0);
}

function isIndex(index: number): Meaning {
  if (!Number.isInteger(index) || index < 1 || index >= voidIndex) {
    throw new ShapeError('mask', `an object's index must be a whole number from 1 to 254; got ${index}`);
  }
  return (value) => (value === voidIndex ? voidIndex : value === index ? 1 : 0);
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
