import { FormatError, ShapeError } from '@hypercorr/tensor';
import { voidIndex, type Mask } from '../image/image.ts';
import type { DecodedMask } from './decode-mask.ts';

/**
 * Which of a mask's values are the object:
 * - a number: that index, and 255 is void (PASCAL VOC, COCO);
 * - `'bright'`: from 128 on, or 1 where nothing is larger, as FSS-1000's masks are to be read;
 * - `'auto'`: by the mask's encoding; an indexed mask must then mark a single class.
 */
export type Foreground = 'auto' | 'bright' | number;

/** From here on a grey level is the object; FSS-1000's own loader draws the line here. */
const bright = 128;

/**
 * The mask of one class: 0 background, 1 object, 255 void.
 *
 * @param file named in errors
 * @throws FormatError for an indexed mask of several classes where `'auto'` cannot tell which is meant; ShapeError for an index outside 1 … 254
 */
export function binaryMask(decoded: DecodedMask, file: string, foreground: Foreground = 'auto'): Mask {
  const meaning = everyByte.map(meaningOf(decoded, file, foreground));
  const { width, height, data } = decoded.mask;
  const binary = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) binary[i] = meaning[data[i] ?? 0] ?? 0;
  return { width, height, data: binary };
}

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);

/** From a value to 0, 1 or 255. */
type Meaning = (value: number) => number;

/** What a mask's values stand for. */
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
    throw new ShapeError('mask', `an object's index is a whole number from 1 to 254; got ${index}`);
  }
  return (value) => (value === voidIndex ? voidIndex : value === index ? 1 : 0);
}

/** The one index beside background and void; void alone marks nothing, whatever index is looked for. */
function onlyIndex(values: readonly number[], file: string): number {
  const [index = 1, ...others] = values.filter((value) => value > 0 && value < voidIndex);
  if (others.length === 0) return index;
  throw new FormatError(
    'mask',
    `${file} is an indexed mask of several classes (${[index, ...others].join(', ')}), and it is not told which one is meant; save a mask of that class alone`,
  );
}
