import sharp from 'sharp';
import type { RgbImage } from '../../src/index.ts';

/** Kinds of JPEG as cameras, scanners and the web make them. */
export const jpegKinds = ['plain', 'progressive', 'grey', 'cmyk', 'turned'] as const;
export type JpegKind = (typeof jpegKinds)[number];

/** A JPEG of that kind, which shows the image the right way up. */
export function jpegOf({ width, height, data }: RgbImage, kind: JpegKind = 'plain'): Promise<Buffer> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  switch (kind) {
    case 'plain':
      return picture.jpeg().toBuffer();
    case 'progressive':
      return picture.jpeg({ progressive: true }).toBuffer();
    case 'grey':
      return picture.toColourspace('b-w').jpeg().toBuffer();
    case 'cmyk':
      return picture.toColourspace('cmyk').jpeg().toBuffer();
    case 'turned':
      // Stored turned back by a quarter; orientation 6 turns it when it is read.
      return picture.rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  }
}

/** A PNG of 16 bits a sample. */
export function deepPngOf({ width, height, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
}
