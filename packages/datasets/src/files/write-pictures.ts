import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { encodeMaskPng, encodePng, type MaskPngOptions } from '../image/encode-png.ts';
import { checkPicture, type Mask, type RgbImage } from '../image/image.ts';

/** Writes a photograph as PNG. @throws ShapeError for data that does not fit its size; the system's error when writing fails */
export async function writePng(path: string, image: RgbImage): Promise<void> {
  await writeFile(path, encodePng(image));
}

/** Writes a mask as PNG and keeps its numbers. @throws as `writePng` */
export async function writeMaskPng(path: string, mask: Mask, options: MaskPngOptions = {}): Promise<void> {
  await writeFile(path, encodeMaskPng(mask, options));
}

/**
 * Encodes a photograph as a baseline JPEG.
 *
 * @param quality from 1 to 100
 * @throws ShapeError for data that does not fit its size
 */
export async function encodeJpeg(image: RgbImage, quality: number): Promise<Uint8Array> {
  checkPicture('encodeJpeg', image, 3);
  const { width, height, data } = image;
  return new Uint8Array(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer(),
  );
}
