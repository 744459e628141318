import { extname } from 'node:path';

/**
 * Endings of photographs that can be read. If two photographs share a name, the one with the earlier ending counts:
 * FSS-1000 has such pairs.
 */
export const imageExtensions = ['.jpg', '.jpeg', '.jfif', '.png', '.webp'];

/** A name's ending in lower case: some cameras write capitals. */
export function extension(file: string): string {
  return extname(file).toLowerCase();
}

/** Whether a file's name ends like a readable photograph: a JPEG, PNG or WebP. */
export function isImageName(file: string): boolean {
  return imageExtensions.includes(extension(file));
}

/** Endings of pictures that cannot be read. */
const otherExtensions = ['.avif', '.bmp', '.gif', '.heic', '.heif', '.jp2', '.tif', '.tiff'];

/** Whether a file's name ends like a picture that cannot be read. */
export function isOtherPictureName(file: string): boolean {
  return otherExtensions.includes(extension(file));
}
