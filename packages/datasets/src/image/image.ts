import { FormatError, ShapeError } from '@hypercorr/tensor';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A photograph: 8-bit red, green and blue, interleaved, row after row from the top. */
export interface RgbImage extends Size {
  /** 3 · width · height bytes. */
  readonly data: Uint8Array;
}

/** A picture with alpha: 8-bit red, green, blue and alpha, interleaved, row after row from the top. */
export interface RgbaImage extends Size {
  /** 4 · width · height bytes. */
  readonly data: Uint8Array;
}

/** One index a pixel, row after row from the top. Binary masks hold 0, 1, and 255 for void. */
export interface Mask extends Size {
  /** width · height bytes. */
  readonly data: Uint8Array;
}

/** The value of void pixels: PASCAL VOC's object borders, which no score counts. */
export const voidIndex = 255;

/** The most pixels that are read. No photograph has more, and a damaged header must not ask for gigabytes. */
export const mostPixels = 2 ** 28;

/** The error for a file whose header claims more than `mostPixels`. */
export function tooManyPixels(what: 'image' | 'mask', file: string, { width, height }: Size): FormatError {
  return new FormatError(
    what,
    `${file} is ${width}×${height}; pictures may have up to ${mostPixels} pixels (16384×16384). Scale it down, or copy it again if it should be smaller`,
  );
}

/**
 * Refuses a picture whose sides are not whole and positive, or do not fit its data.
 *
 * @throws ShapeError
 */
export function checkPicture(where: string, { width, height, data }: RgbImage | Mask, channels: 1 | 3): void {
  checkSize(where, { width, height });
  if (data.length !== channels * width * height) {
    const layout = channels === 3 ? '3 bytes' : 'one byte';
    throw new ShapeError(
      where,
      `a ${width}×${height} picture has ${layout} a pixel, ${channels * width * height} in all; got ${data.length}`,
    );
  }
}

/** @throws ShapeError for a size that is not whole and positive */
export function checkSize(where: string, { width, height }: Size): void {
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1) {
    throw new ShapeError(where, `width and height must be whole numbers from 1; got ${width}×${height}`);
  }
}
