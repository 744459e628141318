import { join } from 'node:path';
import { encodePng } from '@hypercorr/datasets';
import { drawContactSheet, type Picture } from '@hypercorr/vision/pictures';
import { writeFileAtomically } from '../files/files.ts';

/** What the names of a run's pictures look like. */
export const pictureName = /^\d{2,}-[a-z0-9-]*\.png$/;

/** Writes each picture into a file of its own. @returns the files' names */
export function writePictures(folder: string, pictures: readonly Picture[]): string[] {
  return pictures.map((picture, i) => {
    const file = join(folder, `${String(i + 1).padStart(2, '0')}-${slug(picture.name)}.png`);
    writeFileAtomically(file, encodePng(drawContactSheet([picture])));
    return file;
  });
}

/** A name of characters that a file's name may have anywhere. */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
}
