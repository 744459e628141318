import { join } from 'node:path';
import { encodePng } from '@hypercorr/datasets';
import { drawContactSheet, type Picture } from '@hypercorr/vision/pictures';
import { writeFileAtomically } from '../files/files.ts';

/** The pattern of the names of a run's pictures. */
export const pictureName = /^\d{2,}-[a-z0-9-]*\.png$/;

/** Writes each picture into its own file. @returns the files' names */
export function writePictures(folder: string, pictures: readonly Picture[]): string[] {
  return pictures.map((picture, i) => {
    const file = join(folder, `${String(i + 1).padStart(2, '0')}-${slug(picture.name)}.png`);
    writeFileAtomically(file, encodePng(drawContactSheet([picture])));
    return file;
  });
}

/** A name reduced to characters that are safe in file names on every system. */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
}
