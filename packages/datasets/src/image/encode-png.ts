import { checkOptions } from '@hypercorr/tensor/op';
import { ShapeError } from '@hypercorr/tensor';
import { encode } from 'fast-png';
import { checkPicture, checkSize, type Mask, type RgbaImage, type RgbImage } from './image.ts';

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** @throws ShapeError for data that does not fit the image's size */
export function encodePng(image: RgbImage): Uint8Array {
  checkPicture('encodePng', image, 3);
  return encode({ width: image.width, height: image.height, data: image.data, channels: 3, depth: 8 });
}

/** @throws ShapeError for data that does not fit the picture's size */
export function encodeRgbaPng({ width, height, data }: RgbaImage): Uint8Array {
  checkSize('encodeRgbaPng', { width, height });
  if (data.length !== 4 * width * height)
    throw new ShapeError(
      'encodeRgbaPng',
      `a ${width}×${height} picture has 4 bytes a pixel; got ${data.length} in all`,
    );
  return encode({ width, height, data, channels: 4, depth: 8 });
}

export interface MaskPngOptions {
  /**
   * One colour for each index. Viewers show the colours, and readers that keep indices get the mask. If absent, the
   * mask is saved as grey levels.
   */
  readonly palette?: readonly Colour[];
}

/**
 * Encodes a mask as a PNG that keeps its numbers.
 *
 * @throws ShapeError for data that does not fit the mask's size, or an index without a colour in the palette
 */
export function encodeMaskPng(mask: Mask, options: MaskPngOptions = {}): Uint8Array {
  checkOptions('encodeMaskPng', options, { palette: true });
  const { palette } = options;
  checkPicture('encodeMaskPng', mask, 1);
  const picture = { width: mask.width, height: mask.height, data: mask.data, channels: 1, depth: 8 } as const;
  if (palette === undefined) return encode(picture);
  const largest = mask.data.reduce((a, b) => Math.max(a, b), 0);
  if (palette.length > 256 || largest >= palette.length) {
    throw new ShapeError(
      'encodeMaskPng',
      `a palette has up to 256 colours, one for each index; got ${palette.length} for indices up to ${largest}`,
    );
  }
  return encode({ ...picture, palette: palette.map((colour) => [...colour]) });
}

/** PASCAL VOC's 256 colours: the bits of an index, in threes, become the highest bits of red, green and blue. */
export function vocPalette(): Colour[] {
  return Array.from({ length: 256 }, (_, index) => [vocLevel(index), vocLevel(index >> 1), vocLevel(index >> 2)]);
}

/** A level from bits 0, 3 and 6 of the index, the lowest bit as the level's highest. */
function vocLevel(index: number): number {
  return ((index & 1) << 7) | (((index >> 3) & 1) << 6) | (((index >> 6) & 1) << 5);
}
