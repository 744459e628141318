import { extname } from 'node:path';

/** How names of photographs that are read may end; of two photographs of one name the one with the earlier ending counts: FSS-1000 has such pairs. */
export const imageExtensions = ['.jpg', '.jpeg', '.jfif', '.png', '.webp'];

/** What a name ends in, in lower case: some cameras write capitals. */
export function extension(file: string): string {
  return extname(file).toLowerCase();
}

/** Whether a file's name says that it is a photograph of a kind that is read: a JPEG, PNG or WebP. */
export function isImageName(file: string): boolean {
  return imageExtensions.includes(extension(file));
}

/** How names of pictures end that are not read. */
const otherExtensions = ['.avif', '.bmp', '.gif', '.heic', '.heif', '.jp2', '.tif', '.tiff'];

/** Whether a file's name says that it is a picture of a kind that is not read. */
export function isOtherPictureName(file: string): boolean {
  return otherExtensions.includes(extension(file));
}
